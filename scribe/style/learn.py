"""From observations to rules: what a physician does again and again."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from scribe.domain.style import DefaultTemplate, Habit, Observation, SectionOrder, Wording
from scribe.style.rules import pattern_of

LEAST = 3
"""Consultations in which something was done before it counts as a habit."""

SHARE = 0.7
"""Of the consultations in which it could have been done."""

LEAST_OF_A_SETTING = 5
"""Consultations of a setting before its template counts as chosen, not met."""


def learn(observations: Sequence[Observation], known: Iterable[Habit] = ()) -> tuple[tuple[Habit, int], ...]:
    """Habits that are not ``known`` yet, each with the number of consultations that show it.

    ``known`` holds the rules there are, paused and dismissed ones too: none of them is learnt again, and no wording
    that would undo one.
    """
    settled = set(known)
    undone = {Wording(before=h.after, after=h.before) for h in settled if isinstance(h, Wording)}
    found = (*_wordings(observations), *_orders(observations), *_templates(observations))
    places = {_place(habit) for habit in settled}
    return tuple(
        (habit, seen)
        for habit, seen in found
        if habit not in settled and habit not in undone and _place(habit) not in places
    )


def _place(habit: Habit) -> tuple[str, str]:
    """What a habit decides: two rules cannot decide the same."""
    match habit:
        case Wording():
            return ("wording", habit.before)
        case SectionOrder():
            return ("order", habit.template)
        case DefaultTemplate():
            return ("template", habit.setting)


def _wordings(observations: Sequence[Observation]) -> Iterator[tuple[Habit, int]]:
    counted = Counter(wording for observation in observations for wording in set(observation.replaced))
    for wording, seen in sorted(counted.items(), key=lambda item: (item[0].before, -item[1], item[0].after)):
        if seen < LEAST:
            continue
        words = pattern_of(wording)
        chances = sum(any(words.search(text) for text in observation.drafted) for observation in observations)
        if seen >= SHARE * chances:
            yield wording, seen


def _orders(observations: Sequence[Observation]) -> Iterator[tuple[Habit, int]]:
    for template in sorted({observation.template for observation in observations}):
        of_template = [observation for observation in observations if observation.template == template]
        moved = Counter(
            observation.order
            for observation in of_template
            if observation.order != observation.drafted_order
            and sorted(observation.order) == sorted(observation.drafted_order)
        )
        for order, seen in moved.most_common(1):
            if seen >= LEAST and seen >= SHARE * len(of_template):
                yield SectionOrder(template=template, sections=order), seen


def _templates(observations: Sequence[Observation]) -> Iterator[tuple[Habit, int]]:
    for setting in sorted({observation.setting for observation in observations if observation.setting}):
        used = Counter(observation.template for observation in observations if observation.setting == setting)
        [(template, seen)] = used.most_common(1)
        if seen >= LEAST_OF_A_SETTING and seen >= SHARE * used.total() and template != "soap":
            yield DefaultTemplate(setting=setting, template=template), seen
