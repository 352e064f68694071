"""A report as plain data for `report.json`; `resources/report.schema.json` says what is in it."""

import math
from typing import Any

from harness.changes import ChangeKind, Standing
from harness.known import KnownChange
from harness.report.actions import command, headline
from harness.report.legible import cut
from harness.report.model import Comparison, Observation, Report, TargetReport, totals

SCHEMA_VERSION = 1


def document(report: Report) -> dict[str, Any]:
    """All of a report. `known` of a change names entries of `known_changes`."""
    return {
        "schema_version": SCHEMA_VERSION,
        "made": report.made.isoformat(),
        "headline": headline(report),
        "totals": _totals(report),
        "targets": [_target(each) for each in report.targets],
        "observations": [_observation(each) for each in report.observations],
        "changes": [change for comparison in report.comparisons for change in _changes(comparison)],
        "known_changes": {each.known.title: _known(each.known) for each in report.explained},
        "expired": [known.title for known in report.expired],
        "uncompared": [_pair(*each) for each in report.uncompared],
        "compared_in_part": [_pair(*each) for each in report.lost],
        "refused": list(report.refused),
    }


def _totals(report: Report) -> dict[str, Any]:
    """Each group of counts adds up to its `total`."""
    counted = totals(report)
    return {
        "observations": {
            "total": sum(counted.observations.values()),
            **{standing: counted.observations[standing] for standing in Standing},
        },
        "targets": {
            "total": sum(counted.targets.values()),
            **{standing: counted.targets[standing] for standing in Standing},
        },
        "changes": {
            "total": counted.changes,
            **{kind: counted.kinds[kind] for kind in ChangeKind},
        },
        "findings": counted.findings,
        "not_known": counted.findings - counted.known,
        "refused": len(report.refused),
    }


def _target(each: TargetReport) -> dict[str, Any]:
    environment = each.environment
    return {
        "name": each.name,
        "family": each.target.family,
        "tensorflow": each.tensorflow,
        "keras": each.keras,
        "numpy": environment.numpy if environment else None,
        "python": environment.python if environment else None,
        "platform": environment.platform if environment else None,
        "outcome": each.standing,
        "reason": each.reason or None,
        "started": each.started.isoformat() if each.started else None,
        "seconds": each.seconds,
        "command": command(each.name, None),
    }


def _observation(each: Observation) -> dict[str, Any]:
    verdict = each.verdict
    return {
        "target": each.target,
        "scenario": verdict.scenario,
        "variant": verdict.variant,
        "step": verdict.step,
        "outcome": verdict.outcome,
        "standing": verdict.outcome.standing,
        "reason": verdict.reason,
        "means": {name: _number(mean) for name, mean in each.means.items()},
        "mean": _number(verdict.mean),
        "baseline": _number(verdict.baseline),
        "difference": _number(verdict.difference),
        "ulp": _number(verdict.ulp),
        "error": {"type": each.error.type, "message": each.error.message} if each.error else None,
        "oracle": each.oracle.reason if each.oracle else None,
        "script": each.script,
    }


def _changes(comparison: Comparison) -> list[dict[str, Any]]:
    return [
        {
            "kind": finding.change.kind,
            "finding": finding.change.finding,
            "subject": finding.change.subject,
            "scenario": finding.change.scenario,
            "variants": list(finding.change.variants),
            "from": comparison.before,
            "to": comparison.after,
            "source": comparison.source,
            "before": cut(finding.change.before),
            "after": cut(finding.change.after),
            "reason": finding.change.reason,
            "known": [each.title for each in finding.known],
        }
        for finding in comparison.diff.findings
    ]


def _pair(before: str, after: str, why: str) -> dict[str, str]:
    return {"from": before, "to": after, "reason": why}


def _known(known: KnownChange) -> dict[str, Any]:
    return {
        "package": known.package,
        "since": known.since,
        "why": known.why,
        "instead": known.instead,
        "portable": known.portable,
        "link": known.link,
        "expires": known.expires.isoformat(),
    }


def _number(value: float | None) -> float | str | None:
    """A number as JSON has it: what is not finite is a word, as in records."""
    return value if value is None or math.isfinite(value) else str(value)
