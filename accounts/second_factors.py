"""What an operator shows beside the password: a code of an app (RFC 6238), a passkey, or a recovery code for bad days.

Rows are allauth's `Authenticator`: one app and one set of recovery codes a person, any number of passkeys. The secrets
in them are sealed by its adapter, and sealed anew with the present key whenever they are used.
"""

import re
from datetime import datetime
from hmac import compare_digest

import structlog
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import decrypt, encrypt
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from accounts import sign_ins
from accounts.models import User
from accounts.refusals import LastSecondFactor, NoSecondFactor, OwnSecondFactors, WrongCode
from stations import clock
from stations.refusals import require_reason

log = structlog.get_logger()

Type = Authenticator.Type
CODE_DIGITS = 6
STEP_SECONDS = 30
STEPS_AROUND = (0, -1, 1)  # of a clock that is a little off
LONGEST_CODE = 40

new_secret = generate_totp_secret


def factors_of(user: User) -> QuerySet[Authenticator]:
    """The app and the passkeys, without the recovery codes, which are no way of their own."""
    found: QuerySet[Authenticator] = Authenticator.objects.filter(user=user, type__in=[Type.TOTP, Type.WEBAUTHN])
    return found.order_by("created_at", "pk")


def has_any(user: User) -> bool:
    return factors_of(user).exists()


def is_asked_of(user: User) -> bool:
    return bool(settings.OPERATOR_SECOND_FACTOR and user.is_active and user.is_staff)


def set_up_app(*, user: User, secret: str, code: str) -> Authenticator:
    """The app that holds this secret from now on, in place of another; `code` shows that it does, and is used up.

    Locks the person. Refused: WrongCode.
    """
    at = clock.now()
    step = _step_of(secret, _digits(code), at=at)
    if step is None:
        raise WrongCode
    with transaction.atomic():
        _lock(user)
        Authenticator.objects.filter(user=user, type=Type.TOTP).delete()
        data = {"secret": encrypt(secret), "used_step": step}
        return Authenticator.objects.create(user=user, type=Type.TOTP, data=data, created_at=at, last_used_at=at)


def accept_code(*, user: User, code: str) -> int | None:
    """Take a code of the app, or a recovery code, each once; of the latter, how many are left.

    Locks the factor. Refused: WrongCode. Who calls this counts the attempts.
    """
    digits = _digits(code)
    with transaction.atomic():
        if len(digits) == CODE_DIGITS:
            _take_app_code(user, digits)
            return None
        return _take_recovery_code(user, digits)


def _take_app_code(user: User, digits: str) -> None:
    app = _locked_factor(user, Type.TOTP)
    secret = _opened(app)
    at = clock.now()
    step = _step_of(secret, digits, at=at)
    if step is None or step <= app.data.get("used_step", -1):
        raise WrongCode
    app.data = {"secret": encrypt(secret), "used_step": step}
    app.last_used_at = at
    app.save(update_fields=["data", "last_used_at"])


def _take_recovery_code(user: User, digits: str) -> int:
    codes = _locked_factor(user, Type.RECOVERY_CODES)
    seed = _opened(codes, "seed")
    wrapped = RecoveryCodes(codes)
    for index, code in enumerate(wrapped.generate_codes()):
        is_used = codes.data["used_mask"] >> index & 1
        if not is_used and compare_digest(code, digits):
            codes.data = {**codes.data, "seed": encrypt(seed), "used_mask": codes.data["used_mask"] | 1 << index}
            codes.last_used_at = clock.now()
            codes.save(update_fields=["data", "last_used_at"])
            return len(wrapped.get_unused_codes())
    raise WrongCode


def make_recovery_codes(*, user: User) -> list[str]:
    """A new set; the old one opens nothing any more. Locks the person."""
    with transaction.atomic():
        _lock(user)
        Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).delete()
        codes: list[str] = RecoveryCodes.activate(user).generate_codes()
        return codes


def recovery_codes_of(user: User) -> list[str]:
    """Those that are not used yet."""
    kept = Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).first()
    try:
        return RecoveryCodes(kept).get_unused_codes() if kept else []
    except InvalidToken:
        log.error("second_factor_not_readable", user=user.pk, type=Type.RECOVERY_CODES)
        return []


def require_another(*, user: User, factor: Authenticator) -> None:
    """In a transaction: locks the person until the factor is removed. Refused: LastSecondFactor."""
    _lock(user)
    if is_asked_of(user) and not factors_of(user).exclude(pk=factor.pk).exists():
        raise LastSecondFactor


def remove(*, user: User, factor: Authenticator) -> None:
    """Of one's own; with the last one go the recovery codes. Locks the person. Refused: LastSecondFactor."""
    with transaction.atomic():
        require_another(user=user, factor=factor)
        factor.delete()
        if not has_any(user):
            Authenticator.objects.filter(user=user).delete()


def remove_all(*, user: User, actor: str, reason: str) -> None:
    """For an operator who lost them: sets up anew at the next sign-in, and is signed out everywhere until then.

    A subscriber's passkeys are nobody else's to remove.

    Locks the person. Refused: ReasonRequired, OwnSecondFactors, NoSecondFactor.
    """
    require_reason(reason)
    if actor == f"operator:{user.pk}":
        raise OwnSecondFactors
    with transaction.atomic():
        _lock(user)
        if not user.is_staff or not Authenticator.objects.filter(user=user).delete()[0]:
            raise NoSecondFactor
        sign_ins.end(user.sign_ins.all())


def _lock(user: User) -> None:
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _locked_factor(user: User, type: str) -> Authenticator:
    found = Authenticator.objects.select_for_update(no_key=True).filter(user=user, type=type).first()
    if found is None:
        raise WrongCode
    return found


def _opened(factor: Authenticator, name: str = "secret") -> str:
    """The secret, in clear. One that was sealed with a key that is gone opens nothing."""
    try:
        return str(decrypt(factor.data[name]))
    except InvalidToken as error:
        log.error("second_factor_not_readable", user=factor.user_id, type=factor.type)
        raise WrongCode from error


def _digits(code: str) -> str:
    """As people write them: in groups."""
    digits = re.sub(r"[\s-]", "", code[:LONGEST_CODE])
    return digits if digits.isascii() and digits.isdigit() else ""


def _step_of(secret: str, digits: str, *, at: datetime) -> int | None:
    """The time step whose code this is, among those that count now."""
    now = int(at.timestamp()) // STEP_SECONDS
    around = [now + offset for offset in STEPS_AROUND]
    found = [step for step in around if compare_digest(format_hotp_value(hotp_value(secret, step)), digits)]
    return found[0] if found else None
