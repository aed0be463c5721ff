"""Rules are dated versions, and what goes beyond a limit takes four eyes."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

DECIDED_STAYS = """
CREATE FUNCTION refuse_to_rewrite_decisions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'decisions are kept' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_TABLE_NAME = 'stations_ruleversion' THEN
        IF OLD.applied_at IS NOT NULL OR OLD.withdrawn_at IS NOT NULL
           OR (OLD.network_id, OLD.valid_from, OLD.values, OLD.reason, OLD.proposed_by, OLD.approved_by)
              IS DISTINCT FROM
              (NEW.network_id, NEW.valid_from, NEW.values, NEW.reason, NEW.proposed_by, NEW.approved_by) THEN
            RAISE EXCEPTION 'a version of the rules is not rewritten' USING ERRCODE = 'restrict_violation';
        END IF;
    ELSIF OLD.decision <> ''
          OR (OLD.network_id, OLD.what, OLD.arguments, OLD.reason, OLD.proposed_by, OLD.expires_at) IS DISTINCT FROM
             (NEW.network_id, NEW.what, NEW.arguments, NEW.reason, NEW.proposed_by, NEW.expires_at) THEN
        RAISE EXCEPTION 'a proposal is not rewritten' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER versions_of_rules_are_kept BEFORE UPDATE OR DELETE ON stations_ruleversion
FOR EACH ROW EXECUTE FUNCTION refuse_to_rewrite_decisions();
CREATE TRIGGER proposals_are_kept BEFORE UPDATE OR DELETE ON stations_proposal
FOR EACH ROW EXECUTE FUNCTION refuse_to_rewrite_decisions();
"""
MAY_BE_REWRITTEN = """
DROP TRIGGER versions_of_rules_are_kept ON stations_ruleversion;
DROP TRIGGER proposals_are_kept ON stations_proposal;
DROP FUNCTION refuse_to_rewrite_decisions();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("stations", "0006_planned_closures"),
    ]

    operations = [
        migrations.AddField(
            model_name="network",
            name="four_eyes_block_people",
            field=models.PositiveIntegerField(
                db_default=10, default=10, verbose_name="blocking takes four eyes for more than (people at once)"
            ),
        ),
        migrations.AddField(
            model_name="network",
            name="four_eyes_closing",
            field=models.BooleanField(
                db_default=True, default=True, verbose_name="closing the network takes four eyes"
            ),
        ),
        migrations.AddField(
            model_name="network",
            name="four_eyes_credit_amount",
            field=models.PositiveIntegerField(
                db_default=200,
                default=200,
                verbose_name="a promise of credit takes four eyes above (whole units of the currency)",
            ),
        ),
        migrations.AddField(
            model_name="network",
            name="four_eyes_minimum_charge",
            field=models.BooleanField(
                db_default=True, default=True, verbose_name="another minimum charge takes four eyes"
            ),
        ),
        migrations.AddField(
            model_name="network",
            name="four_eyes_open_hours",
            field=models.PositiveSmallIntegerField(
                db_default=24,
                default=24,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="a proposal stays open for (h)",
            ),
        ),
        migrations.AddField(
            model_name="network",
            name="four_eyes_rule_change_percent",
            field=models.PositiveSmallIntegerField(
                db_default=50, default=50, verbose_name="a rule takes four eyes when it changes by more than (%)"
            ),
        ),
        migrations.AlterField(
            model_name="network",
            name="car_hold_seconds",
            field=models.PositiveIntegerField(
                default=1800,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="a car is held for (s)",
            ),
        ),
        migrations.AlterField(
            model_name="network",
            name="dock_hold_seconds",
            field=models.PositiveIntegerField(
                default=5400,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="a dock is held for (s)",
            ),
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(max_length=40, verbose_name="act")),
                ("arguments", models.JSONField(blank=True, default=dict, verbose_name="arguments")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("proposed_by", models.CharField(max_length=80, verbose_name="proposed by")),
                ("proposed_at", models.DateTimeField(verbose_name="proposed")),
                ("expires_at", models.DateTimeField(verbose_name="open until")),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[("approved", "approved"), ("declined", "declined"), ("withdrawn", "taken back")],
                        max_length=10,
                        verbose_name="decision",
                    ),
                ),
                ("decided_by", models.CharField(blank=True, max_length=80, verbose_name="decided by")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided")),
                ("decision_note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                (
                    "network",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="stations.network",
                        verbose_name="network",
                    ),
                ),
            ],
            options={
                "verbose_name": "proposal",
                "verbose_name_plural": "proposals",
                "indexes": [
                    models.Index(
                        condition=models.Q(("decision", "")), fields=["network", "expires_at"], name="proposal_open"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decision", "approved"), _negated=True),
                            models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="nobody_approves_himself",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("decided_by", ""), ("decision", "")),
                            models.Q(
                                models.Q(("decision", ""), _negated=True),
                                models.Q(("decided_by", ""), _negated=True),
                                ("decided_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="a_decision_says_by_whom_and_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decision", "approved"), _negated=True),
                            ("decided_at__lt", models.F("expires_at")),
                            _connector="OR",
                        ),
                        name="nothing_is_approved_too_late",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RuleVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("valid_from", models.DateTimeField(verbose_name="valid from")),
                ("values", models.JSONField(verbose_name="rules that change")),
                ("replaced", models.JSONField(blank=True, default=dict, verbose_name="what they said before")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("proposed_by", models.CharField(max_length=80, verbose_name="by")),
                ("proposed_at", models.DateTimeField(verbose_name="decided")),
                ("approved_by", models.CharField(blank=True, max_length=80, verbose_name="approved by")),
                ("approved_at", models.DateTimeField(blank=True, null=True, verbose_name="approved")),
                ("applied_at", models.DateTimeField(blank=True, null=True, verbose_name="in force since")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="withdrawn")),
                (
                    "network",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rule_versions",
                        to="stations.network",
                        verbose_name="network",
                    ),
                ),
            ],
            options={
                "verbose_name": "version of the rules",
                "verbose_name_plural": "versions of the rules",
                "indexes": [
                    models.Index(
                        condition=models.Q(("applied_at__isnull", True), ("withdrawn_at__isnull", True)),
                        fields=["valid_from"],
                        name="rules_to_apply",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("network", "valid_from"),
                        name="two_versions_never_begin_at_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("applied_at__isnull", True), ("withdrawn_at__isnull", True), _connector="OR"
                        ),
                        name="what_is_in_force_is_not_withdrawn",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("applied_at__isnull", True), ("applied_at__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="no_rule_comes_before_its_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("approved_at__isnull", True), ("approved_by", "")),
                            models.Q(
                                models.Q(("approved_by", ""), _negated=True),
                                ("approved_at__isnull", False),
                                models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="nobody_approves_his_own_rules",
                    ),
                ],
            },
        ),
        migrations.RunSQL(DECIDED_STAYS, MAY_BE_REWRITTEN),
    ]
