"""How sign-up fits the product: a person who signs up becomes a subscriber of this site's network."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    pass
