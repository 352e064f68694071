"""Finds which packages brought a change, by mixing the environments of two candidates."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from harness.base import processes
from harness.base.errors import HarnessError, UncheckedError
from harness.base.words import listed
from harness.environments.mixes import CPYTHON, Needs, Pair, complaints, keep_lock, side
from harness.environments.targets import Target
from harness.search.attribution import Attribution, Culprit, Mixed, Shows, Switched, Truth
from harness.search.bisection import END_RUNS, FEW_RUNS
from harness.search.candidate_runs import Runner
from harness.search.command_subject import CommandSubject
from harness.search.script_subject import ScriptSubject
from harness.search.subjects import alike
from harness.search.swapping import Bringing, Parts, Swaps, smallest_sets
from harness.search.where import where

MOST_MIXES = 40  # that run: with more, too many of them tell nothing
TOO_MANY = f"{MOST_MIXES} mixes ran before"

SWITCHED = "STATE_HARNESS_SWITCHES"  # which the probe reads
SAID = {True: "they differ", False: "the difference is gone", None: "not told"}
# what the same packages may do otherwise: switches of TensorFlow and of its libraries
SWITCHES: Mapping[str, Mapping[str, str]] = {
    "without oneDNN": {"TF_ENABLE_ONEDNN_OPTS": "0"},
    "oneDNN with SSE4.1 alone": {"ONEDNN_MAX_CPU_ISA": "SSE41"},
    "one thread": {
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    },
    "eagerly": {SWITCHED: "eager"},
    "unrolled, where a layer can be": {SWITCHED: "unrolled"},
    "compiled by XLA": {"TF_XLA_FLAGS": "--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit"},
}


def attribute(
    runner: Runner,
    old: Target,
    new: Target,
    tell: Callable[[str], None],
    *,
    switches: bool = False,
) -> Attribution:
    """Find the smallest sets of packages that bring a change into `old`, or take it from `new`.

    With `switches`, both sides also run with each of SWITCHES. Raises UncheckedError if a side
    cannot be told, or if both do the same.
    """
    began = time.monotonic()
    runner = replace(runner, users_cache={old.name, new.name} <= {*runner.targets})
    sides = Sides(runner, *(_shown(runner, each) for each in (old, new)))
    differences = sides.require()
    pair = Pair(*(side(each, runner.project) for each in (old, new)))
    with runner.held(old) as has, runner.held(new) as gets:
        needs = Needs(pair, has, gets)
    if not needs.parts:
        raise UncheckedError(f"{old.name} and {new.name} have the same packages")
    mixes = _Mixes(sides, pair, needs, tell)
    mixes.require()
    groups = needs.together()
    swaps = mixes.search(groups)
    guilty = [name for part in _parts(swaps) for name in groups[part]]
    if len(guilty) > len(_parts(swaps)) or any(each.loose for each in swaps.brings):
        tell("packages that require each other are exchanged one by one")
        rest = tuple(name for name in needs.parts if name not in guilty)
        groups = [*((name,) for name in guilty), *([rest] if rest else [])]
        swaps = mixes.search(groups, apart=True)
    with_others = {each: mixes.taken_with_others(each, groups) for each in swaps.untold}
    brings = tuple(mixes.culprit(each, groups) for each in swaps.brings)
    named = [each.split()[0] for culprit in brings for each in culprit.packages]
    guilty = [each for each in named if each in pair.old.blocks or each in pair.new.blocks]
    return Attribution(
        subject=runner.subject.name,
        old=old,
        new=new,
        differences=tuple(differences),
        differing=mixes.described(needs.parts),
        brings=brings,
        takes_away=(
            *(mixes.taken(each, groups) for each in swaps.takes_away),
            *(each for each in with_others.values() if each),
        ),
        untold=tuple(
            mixes.described(mixes.names(parts, groups))
            for parts, found in with_others.items()
            if not found
        ),
        mixes=tuple(mixes.seen.values()),
        limited=mixes.limited,
        switches=tuple(sides.switched(name, tell) for name in (SWITCHES if switches else ())),
        truth=sides.truth(),
        where=where(runner, (old, new), sides.old[1], guilty, differences),
        seconds=time.monotonic() - began,
    )


def _shown(runner: Runner, target: Target) -> "tuple[Target, Any]":
    ran = runner.run(target, END_RUNS)
    if ran.shown is None:
        raise UncheckedError(f"{target.name}: {ran.reason}; name sides that can be told")
    return target, ran.shown


@dataclass(frozen=True)
class Sides:
    """The two sides, and what each of them shows."""

    runner: Runner
    old: tuple[Target, Any]
    new: tuple[Target, Any]

    def require(self) -> list[str]:
        """How the two sides differ. Raises UncheckedError if they do not."""
        subject = self.runner.subject
        subject.require(self.old[1], self.new[1])
        for target, shown in (self.old, self.new):
            if self._some_agree(shown):
                raise UncheckedError(
                    f"{target.name}: only some of its runs agree, so that no mix can be told; "
                    "`bisect` decides by most of many runs"
                )
        differences = subject.differences(self.old[1], self.new[1])
        if not differences:
            raise UncheckedError(
                f"{subject.name}: {self.old[0].name} and {self.new[0].name} do the same"
            )
        return differences

    def shows(self, shown: Any) -> tuple[Shows, str]:
        """Which of the two sides something is like, with the reason if that is not told."""
        subject = self.runner.subject
        if self._some_agree(shown):
            return Shows.NOT_TOLD, "its runs do not agree"
        is_old, is_new = (not subject.differences(each, shown) for _, each in (self.old, self.new))
        if is_old and is_new:
            unclear = subject.not_compared(self.old[1], shown)
            return Shows.NOT_TOLD, f"could not be compared: {'; '.join(unclear) or 'no reason'}"
        if is_old or is_new:
            return (Shows.OLD if is_old else Shows.NEW), ""
        if self._kinds(shown) > 1:
            return Shows.NOT_TOLD, "its runs do not agree"
        return Shows.NEITHER, "; ".join(subject.differences(self.new[1], shown)[:1])

    @cached_property
    def runs(self) -> int:
        """How often a mix runs: where a side is another each time, two runs tell too little."""
        kinds = {self._kinds(shown) for _, shown in (self.old, self.new)}
        return FEW_RUNS if kinds == {1} else END_RUNS

    def _some_agree(self, shown: Any) -> bool:
        """Whether runs show the same as some others, and not as all.

        Where each of them is another, as draws without a seed are, the rest is compared.
        """
        return self._kinds(shown) not in (1, len(self.runner.subject.each_run(shown)))

    def _kinds(self, shown: Any) -> int:
        """How many of the runs differ from each other."""
        subject = self.runner.subject
        return len(alike(subject, subject.each_run(shown)))

    def truth(self) -> tuple[Truth, ...]:
        """The verdicts of the oracle on the steps of which it says something else on each side."""
        old, new = (self.runner.subject.judged(shown) for _, shown in (self.old, self.new))
        return tuple(
            Truth(step=s, old=old[s], new=new[s]) for s in old if old[s] != new.get(s, old[s])
        )

    def switched(self, name: str, tell: Callable[[str], None]) -> Switched:
        """Both sides with a switch."""
        subject = self.runner.subject
        if isinstance(subject, CommandSubject) and SWITCHED in SWITCHES[name]:
            return _untold(name, "a command imports TensorFlow itself")
        place = self.runner.results / f"with-{name.replace(' ', '-').replace(',', '').lower()}"
        runner = replace(self.runner, variables=SWITCHES[name])
        ran = [runner.run(each, self.runs, results=place) for each, _ in (self.old, self.new)]
        if any(each.shown is None for each in ran):
            return _untold(name, next(each.reason for each in ran if each.shown is None))
        (old, why), (new, or_why) = (self.shows(each.shown) for each in ran)
        differ: bool | None = bool(subject.differences(*(each.shown for each in ran)))
        unclear = "; ".join(subject.not_compared(*(each.shown for each in ran)))
        reason = why or or_why or unclear
        if not differ and (unclear or Shows.NOT_TOLD in (old, new)):
            differ = None
        tell(f"{name}: {SAID[differ]}")
        return Switched(
            switch=name, differ=differ, old=old, new=new, reason="" if differ else reason
        )


@dataclass
class _Mixes:
    """The mixes of the two sides, each of which runs once."""

    sides: Sides
    pair: Pair
    needs: Needs
    tell: Callable[[str], None]
    seen: dict[tuple[str, ...], Mixed] = field(default_factory=dict)
    limited: bool = False

    def require(self) -> None:
        """Raise UncheckedError if what a script needs besides differs between the two days."""
        subject = self.sides.runner.subject
        if not isinstance(subject, ScriptSubject) or not subject.extras.requirements:
            return
        same = self._run(())
        if same.shows is not Shows.OLD:
            raise UncheckedError(
                "the packages that the script needs besides are others on the day of the newer "
                f"side, and the old packages with those do {same.shows} {same.reason}: name their "
                "exact versions, as --with pandas==2.2.1"
            )

    def search(self, groups: Sequence[Sequence[str]], *, apart: bool = False) -> Swaps:
        """Search among groups of packages; `apart`, they need not meet their requirements."""
        told = {Shows.OLD: False, Shows.NEW: True}

        def tell(parts: Parts) -> bool | None:
            new = self.names(parts, groups)
            if len(new) in (0, len(self.needs.parts)):
                return bool(new)
            return told.get(self._mixed(new, apart).shows)

        return smallest_sets(len(groups), tell)

    def culprit(self, found: Bringing, groups: Sequence[Sequence[str]]) -> Culprit:
        """Parts that bring the change, without those that may have no share."""
        names = self.names(found.parts, groups)
        return self._culprit(self.names(found.parts - found.loose, groups), names, names)

    def taken(self, parts: Parts, groups: Sequence[Sequence[str]]) -> Culprit:
        """Parts that take the change away from the new side."""
        old = self.names(parts, groups)
        return self._culprit(old, old, self._others(old))

    def taken_with_others(self, parts: Parts, groups: Sequence[Sequence[str]]) -> Culprit | None:
        """The same, together with parts that require them, and with the CPython of the old side.

        None if not even that takes the change away.
        """
        old = self.names(parts, groups)
        more = {*old, CPYTHON} & {*self.needs.parts}
        forced = self._in_order(self.needs.forced({*old, *more}, old=True))
        new = self._others(forced)
        if not new or self._mixed(new, apart=True).shows is not Shows.OLD:
            return None
        return self._culprit(old, forced, new)

    def _culprit(
        self, packages: Sequence[str], moved: Sequence[str], new: tuple[str, ...]
    ) -> Culprit:
        """Packages to blame, of those that `moved`; `new` is what the mix has from the new side."""
        return Culprit(
            packages=self.described(packages),
            needed=self.described([name for name in moved if name not in packages]),
            mix=self.seen.get(new, Mixed(new=(), shows=Shows.NEW if new else Shows.OLD)),
        )

    def _others(self, names: Collection[str]) -> tuple[str, ...]:
        return tuple(name for name in self.needs.parts if name not in names)

    def _in_order(self, names: Collection[str]) -> tuple[str, ...]:
        return tuple(name for name in self.needs.parts if name in names)

    def names(self, parts: Parts, groups: Sequence[Sequence[str]]) -> tuple[str, ...]:
        return self._in_order({name for part in parts for name in groups[part]})

    def described(self, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(map(self.pair.described, names))

    def _mixed(self, new: tuple[str, ...], apart: bool) -> Mixed:
        unmet = "" if apart else self.needs.unmet(self.needs.with_required(new))
        if unmet:  # exchanged one by one, the packages run nevertheless
            return Mixed(new=self.described(new), shows=Shows.NOT_TOLD, reason=unmet)
        if new not in self.seen:
            if len(self.seen) == MOST_MIXES:
                self.limited = True
                return Mixed(new=self.described(new), shows=Shows.NOT_TOLD, reason=TOO_MANY)
            self.seen[new] = found = self._run(new)
            said = f" ({next(iter(found.reason.splitlines()), '')})" if found.reason else ""
            self.tell(f"{listed(found.new, 4)}, all else old: {found.shows}{said}")
        return self.seen[new]

    def _run(self, new: tuple[str, ...]) -> Mixed:
        runner = self.sides.runner
        mix = self.pair.mixed(self.needs.with_required(new))
        described = self.described(new)
        if not runner.cheap(mix.target):
            runner.remove_unused()
        keep_lock(mix, runner.project)
        ran = runner.run(mix.target, self.sides.runs)
        why = ran.reason if ran.shown is None else self._not_importable(mix.target)
        if why:
            return Mixed(new=described, shows=Shows.NOT_TOLD, reason=why)
        shows, reason = self.sides.shows(ran.shown)
        return Mixed(new=described, shows=shows, reason=reason, against=self._against(mix.target))

    def _not_importable(self, mix: Target) -> str:
        """Why TensorFlow cannot be imported, which the exit code of a command does not tell."""
        runner = self.sides.runner
        if not isinstance(runner.subject, CommandSubject):
            return ""  # its runs have told
        try:
            with runner.held(mix) as environment:
                done = processes.run(
                    [environment.python, "-c", "import tensorflow"],
                    env=environment.process_variables(),
                    timeout=runner.limits.tensorflow,
                )
        except HarnessError as error:
            return str(error)
        last = next(reversed(done.stderr.strip().splitlines()), "no reason is known")
        return f"TensorFlow cannot be imported: {last}" if done.returncode else ""

    def _against(self, mix: Target) -> tuple[str, ...]:
        """The requirements that a mix does not meet, but for those that neither side meets."""
        try:
            return tuple(sorted(self._complaints(mix) - self._known))
        except HarnessError as error:
            return (f"uv could not check it: {error}",)

    @cached_property
    def _known(self) -> set[str]:
        return set().union(
            *(self._complaints(each) for each, _ in (self.sides.old, self.sides.new))
        )

    def _complaints(self, target: Target) -> set[str]:
        with self.sides.runner.held(target) as environment:
            return complaints(environment)


def _untold(switch: str, reason: str) -> Switched:
    nothing = Shows.NOT_TOLD
    return Switched(switch=switch, differ=None, old=nothing, new=nothing, reason=reason)


def _parts(swaps: Swaps) -> list[int]:
    return sorted(frozenset().union(*(each.parts for each in swaps.brings)))
