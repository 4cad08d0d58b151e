"""A task's name and data in, what is trained on and what is tested out: no sentence in both, in any language."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from babelscope.errors import CorpusError
from babelscope.languages import canonical, display_order
from babelscope.languages import name as language_name
from babelscope.transfer.examples import NO_LABEL, Example, Kind, TransferTask
from babelscope.transfer.labelling import NLI, examples_of, labels_of, nli_records
from babelscope.transfer.leaks import near_leaks, without_leaks, without_tested
from babelscope.transfer.places import read_records
from babelscope.transfer.pos import UPOS, read_pos
from babelscope.transfer.sharing import PARTS, Parts, dev_from_train, first_by_hash, shared_out
from babelscope.transfer.wanted import check_languages

__all__ = ["XNLI", "Example", "TransferTask", "load_task"]

XNLI = "hf:facebook/xnli"
"""What the data `xnli` stands for."""


def load_task(
    name: str,
    data: str | Path | Sequence[str | Path],
    *,
    source: str = "en",
    targets: Sequence[str] | None = None,
    seed: int = 0,
    limit: Mapping[str, int] | None = None,
    columns: Mapping[str, str] | None = None,
) -> TransferTask:
    """Reads what to train on in one language and to test in all.

    Data without a split is dealt by the ids of its sentences, 70 % to training, 10 % to development, the rest to the
    test, so that no translation of a training sentence is in any test; what a later part of the source language has
    word for word is then left out of the earlier. What shares no id with the source language is tested whole. Data
    with a split is taken as it is, once training and tests are seen to share nothing.

    Args:
        name: `pos`, parts of speech of words; `nli`, whether one sentence follows from another; or what to call a
            table with a language, a text (or two) and a label in each row.
        data: For `pos` what `load_treebanks` takes; for others a table (.csv, .tsv, .jsonl, .parquet), a folder of
            them, `hf:OWNER/NAME` or `xnli`. Several places in a sequence, or joined by `+`.
        source: The language of training.
        targets: The languages to test; all that are there by default.
        seed: Of the split, and of which examples a limit keeps.
        limit: Most examples of `train`, `dev` and the `test` of each language; parallel languages keep the same.
        columns: Column by role (`language`, `text`, `text_b`, `label`, `split`, `id`), where a table calls them
            otherwise.

    Raises:
        CorpusError: If data cannot be read, a language is absent, labels of languages differ, or training and a test
            share ids or texts.
        MissingExtraError: If a package for the data's format is not installed.
    """
    source = canonical(source)
    wanted = (
        None if targets is None else list(dict.fromkeys(code for code in map(canonical, targets) if code != source))
    )
    places = _places(data)
    _check_limit(limit or {})
    told: list[str] = []
    if name == "pos":
        examples, languages = read_pos(places, source, wanted)
        counted = {"languages": languages}
        kind, labels = "tokens", UPOS
        parts = _dealt(examples, source, seed, told)
    else:
        kind = "sequence"
        labels, given, counted = _read_table(name, places, source, wanted, columns, told)
        parts = _split_as_given(given, source, seed, told, places) or _dealt(
            {code: own[""] for code, own in given.items()}, source, seed, told
        )
    return _assembled(name, kind, labels, source, parts, seed, limit or {}, counted, told, places)


def _places(data: str | Path | Sequence[str | Path]) -> list[str]:
    """The places as they are read."""
    if isinstance(data, str):
        given = [data] if Path(data).expanduser().exists() else [place.strip() for place in data.split("+")]
    else:
        given = [str(data)] if isinstance(data, Path) else [str(place) for place in data]
    if not given or not all(given):
        raise CorpusError(f"got no place of data in {data!r}; expected a path, hf:OWNER/NAME or a name, joined by +")
    return given


def _check_limit(limit: Mapping[str, int]) -> None:
    for part, n in limit.items():
        if part not in PARTS or isinstance(n, bool) or not isinstance(n, int) or n < 1:
            raise CorpusError(f"got the limit {part}={n!r}; expected train, dev or test, and at least 1 example")


def _dealt(examples: Mapping[str, list[Example]], source: str, seed: int, told: list[str]) -> dict[str, Parts]:
    """Examples without parts, split here."""
    parts, apart = shared_out(examples, source, seed)
    if apart:
        told.append(
            f"{', '.join(apart)}: shares no sentence id with {source}, so it is taken to hold no translations of "
            "what is trained on, and all of it is tested; if it does, give translations the same id"
        )
    own, done = without_tested(parts[source])
    told += done
    return {**parts, source: own}


def _read_table(
    name: str, places: Sequence[str], source: str, targets: Sequence[str] | None,
    columns: Mapping[str, str] | None, told: list[str],
) -> tuple[tuple[str, ...], dict[str, dict[str, list[Example]]], dict[str, Any]]:  # fmt: skip
    """Labels, examples by language and part, and what was found, of a task of whole sentences."""
    records = []
    for place in places:
        records += read_records(XNLI if place == "xnli" else place, source, targets, columns)
    where = " + ".join(places)
    check_languages({record.language for record in records}, source, targets, where)
    facts: dict[str, Any] = {}
    if name == "nli":
        records, undecided = nli_records(records)
        if undecided:
            facts["undecided"] = undecided
            told.append(f"{undecided} rows have no label that annotators agreed on, and were left out")
    labels = labels_of(records, source)
    if name == "nli":
        labels = NLI
    given, found = examples_of(records, labels, source)
    if "unpaired" in found:
        told.append(
            f"{', '.join(found['unpaired'])}: rows have no id and languages differ in length, so that translations "
            "of training sentences may be tested; give a column id that translations share"
        )
    if any("" in own for own in given.values()) and len(found.get("numbered", ())) > 1:
        told.append(
            f"{', '.join(found['numbered'])}: rows have no id, so equal row numbers are taken for translations of "
            "one another; give a column id if they are not"
        )
    return labels, given, facts | found


def _split_as_given(
    given: Mapping[str, Mapping[str, list[Example]]], source: str, seed: int, told: list[str], places: Sequence[str]
) -> dict[str, Parts] | None:
    """Examples with parts of their own, checked; None where the data has no parts."""
    if not any(part for own in given.values() for part in own):
        return None
    where = " + ".join(places)
    for language, own in given.items():
        if "" in own:
            raise CorpusError(f"{where}: some rows of {language_name(language)} have a split and some have none")
        missing = [part for part in ("train", "test") if not own.get(part) and (part == "test" or language == source)]
        if missing:
            raise CorpusError(
                f"{where} has no {missing[0]} rows in {language_name(language)} ({language}); it has "
                f"{', '.join(own)}: give them, or leave {language} out with --targets"
            )
    parts: dict[str, Parts] = {code: {part: list(own.get(part, ())) for part in PARTS} for code, own in given.items()}
    parts, done = without_leaks(parts, source)
    told += done
    if not parts[source]["dev"]:
        parts[source] = dev_from_train(parts[source], seed)
        told.append("no development rows: a tenth of the training rows, by the hash of their ids, are used for it")
    return parts


def _assembled(
    name: str, kind: Kind, labels: tuple[str, ...], source: str, parts: Mapping[str, Parts], seed: int,
    limit: Mapping[str, int], counted: dict[str, Any], told: list[str], places: Sequence[str],
) -> TransferTask:  # fmt: skip
    """The task, limited and counted."""
    train, dev = (first_by_hash(parts[source][part], limit.get(part), seed) for part in ("train", "dev"))
    test = {code: first_by_hash(parts[code]["test"], limit.get("test"), seed) for code in display_order(parts)}
    for part, own in {"train": train, "dev": dev, **test}.items():
        if not any(label != NO_LABEL for one in own for label in one.gold):
            raise CorpusError(f"no labelled example for {part} in {' + '.join(places)}; give more data")
    learnt = {label for one in train for label in one.gold if label != NO_LABEL}
    if len(learnt) < 2:
        only = ", ".join(repr(labels[label]) for label in learnt)
        raise CorpusError(f"all training examples have one label ({only}); expected at least 2 different ones")
    unseen = _unseen({f"{source} dev": dev, **test}, learnt, labels)
    if unseen:
        told.append(f"labels that training does not have are always wrong in the test ({_spoken(unseen)})")
    leaks = near_leaks((*train, *dev), test)
    if leaks:
        counts = ", ".join(f"{language} {count}" for language, count in leaks.items())
        told.append(f"some test texts are in training too, word for word: {counts}")
    report = {
        **counted,
        "examples": {"train": len(train), "dev": len(dev), "test": {code: len(own) for code, own in test.items()}},
        "labels_unseen": unseen,
        "near_leaks": leaks,
        "seed": seed,
        "limit": dict(limit),
        "warnings": told,
    }
    return TransferTask(name, kind, labels, source, train, dev, test, report, " + ".join(places))


def _unseen(
    parts: Mapping[str, Sequence[Example]], learnt: set[int], labels: Sequence[str]
) -> dict[str, dict[str, int]]:
    """By part, how often it has each label that training does not have; only parts that have some."""
    counts = {
        part: Counter(labels[label] for one in own for label in one.gold if label not in (*learnt, NO_LABEL))
        for part, own in parts.items()
    }
    return {part: dict(sorted(own.items())) for part, own in counts.items() if own}


def _spoken(unseen: Mapping[str, Mapping[str, int]]) -> str:
    """Counts by part and label, in words."""
    return "; ".join(
        f"{part} {', '.join(f'{label} {count}' for label, count in counts.items())}"
        for part, counts in unseen.items()
    )
