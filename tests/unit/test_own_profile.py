"""Profiles of the user's own: where they lie, what they may say, and every fault with its file and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import planner
from planner.errors import InputError
from planner.sources import read
from planner.study import Study
from tests.unit.study_folder import edit, write_study

OWN = """\
label = { en = "Grandmother, 0.6 m/s", zh = "奶奶 0.6 米/秒" }
speed_m_s = 0.6
access_speed_m_s = 0.6
ways = "walk"

[penalty]
steps = 4
signal_s = 25
slope = [[-10, 1.2], [0, 1.0], [10, 1.7]]

[source]
speed_m_s = "measured on the way to the market"
"""


def study_with(folder: Path, own: str = OWN, *, name: str = "grandma.toml") -> Path:
    study = write_study(folder)
    edit(study, "minutes = 15", f'minutes = 15\nprofile = "{name}"')
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(own, encoding="utf-8")
    return study


def faults(study: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(study)
    return [issue.line() for issue in caught.value.issues]


def test_a_circle_may_name_a_file(tmp_path: Path) -> None:
    path = study_with(tmp_path, name="walkers/grandma.toml")
    edit(path, "sites = 1", 'sites = 1\nunknown_demand = "exclude"')
    study: Study = read(path)
    profile = study.profiles["grandma"]
    assert study.circles[0].profile == "grandma"
    assert profile.speed_m_s == 0.6
    assert profile.penalty.steps == 4.0
    assert profile.penalty.slope == ((-10.0, 1.2), (0.0, 1.0), (10.0, 1.7))
    assert len(profile.rules) == len(planner.sample_district().profiles["standard_walk"].rules)  # the planner's own
    assert next(one for one in study.inputs if one.path == "walkers/grandma.toml").sha256
    findings = planner.run(study)
    assert set(findings.weights) == {"grandma"}
    assert planner.check(study) is not None


def test_two_circles_may_name_the_same_file(tmp_path: Path) -> None:
    path = study_with(tmp_path)
    more = '\n[[circle]]\nname = "again"\nservice = "elderly_day_care"\nminutes = 5\nprofile = "grandma.toml"\n'
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    study = read(path)
    assert set(study.profiles) == {"grandma"}
    assert [one.path for one in study.inputs].count("grandma.toml") == 1


def test_rules_may_lie_beside_the_profile_and_build_on_the_planners_own(tmp_path: Path) -> None:
    study = study_with(tmp_path, OWN.replace('ways = "walk"', 'ways = "ours"'))
    (tmp_path / "ways").mkdir()
    (tmp_path / "ways" / "ours.toml").write_text(
        'based_on = "walk"\n[source]\nrules = "ours"\n'
        '[[rule]]\nwhere = { highway = ["residential"] }\nuse = "ends_only"\nwhy = "as they say"\n',
        encoding="utf-8",
    )
    found = read(study)
    rules = found.profiles["grandma"].rules
    assert (rules[0].where, rules[0].use) == ({"highway": ("residential",)}, "ends_only")
    assert len(rules) == 19
    assert {"grandma.toml", "ways/ours.toml"} <= {one.path for one in found.inputs}


FAULTS = {
    "an unknown key": ("signal_s = 25", "signals_s = 25", 8, "unknown key 'signals_s'; did you mean 'signal_s'"),
    "an unknown key at the top": ("speed_m_s = 0.6\na", "sped_m_s = 0.6\na", 2, "unknown key 'sped_m_s'; did you mean"),
    "no speed": ("speed_m_s = 0.6\naccess", "speed_m_s = 0\naccess", 2, "speed_m_s = 0 is no speed; write metres"),
    "a speed below 0": ("speed_m_s = 0.6\naccess", "speed_m_s = -1.0\naccess", 2, "speed_m_s = -1.0 is no speed"),
    "a speed that is no number": ("speed_m_s = 0.6\naccess", "speed_m_s = nan\naccess", 2, "is no speed"),
    "a speed without end": ("access_speed_m_s = 0.6", "access_speed_m_s = inf", 3, "access_speed_m_s = inf is no speed"),
    "metres a minute": ("speed_m_s = 0.6\naccess", "speed_m_s = 60\naccess", 2, "write metres per second from 0.1 to 50"),
    "hours": ("speed_m_s = 0.6\naccess", "speed_m_s = 0.01\naccess", 2, "is no speed"),
    "text for a speed": ("speed_m_s = 0.6\naccess", 'speed_m_s = "0.6"\naccess', 2, "is no speed"),
    "true for a speed": ("speed_m_s = 0.6\naccess", "speed_m_s = true\naccess", 2, "is no speed"),
    "steps that speed up": ("steps = 4", "steps = 0.5", 7, 'penalty.steps = 0.5 is no factor; .* or "barred"'),
    "steps closed": ("steps = 4", 'steps = "closed"', 7, "penalty.steps = closed is no factor"),
    "seconds below 0": ("signal_s = 25", "signal_s = -5", 8, "penalty.signal_s = -5 is no time; write seconds from 0"),
    "an endless signal": ("signal_s = 25", "signal_s = 1e9", 8, "is no time"),
    "an unpaved factor of 0": ("signal_s = 25", "unpaved = 0", 8, "penalty.unpaved = 0 is no factor"),
    "slopes out of order": ("[0, 1.0], [10, 1.7]", "[10, 1.7], [0, 1.0]", 9, "out of order: 0 % stands behind 10 %"),
    "a slope twice": ("[0, 1.0]", "[-10, 1.0]", 9, "out of order: -10 % stands behind -10 %"),
    "a slope that speeds up": ("[-10, 1.2]", "[-10, 0.8]", 9, "0.8 at -10 % is no factor; .*speeds anyone up"),
    "a slope past all sense": ("[10, 1.7]", "[1000, 1.7]", 9, "1000 is no grade in %"),
    "a slope that isn't a number": ("[10, 1.7]", "[10, nan]", 9, "no finite number"),
    "half a slope": ("[10, 1.7]", "[10]", 9, 'is no table of slopes; write "tobler"'),
    "no slopes": ("[[-10, 1.2], [0, 1.0], [10, 1.7]]", "[]", 9, "is no table of slopes"),
    "a strange function": ("[[-10, 1.2], [0, 1.0], [10, 1.7]]", '"naismith"', 9, "is no table of slopes"),
    "a steepest grade of 0": ("signal_s = 25", "steepest_percent = 0", 8, "is no grade"),
    "a share of the limit": ('ways = "walk"', 'ways = "walk"\nmaxspeed_share = 1.5', 5, "maxspeed_share = 1.5 is no share"),
    "a class speed of 0": (
        "[penalty]", "[class_speed_kmh]\nprimary = 0\n[penalty]", 7, "class_speed_kmh.primary = 0 is no speed",
    ),
    "class speeds without names": ('ways = "walk"', 'ways = "walk"\nclass_speed_kmh = 50', 5, "isn't a table of speeds"),
    "no such ways": ('ways = "walk"', 'ways = "wlak"', 4, "names no file in ways/; write one of car, cycle"),
    "a penalty that is no table": ("[penalty]\nsteps = 4\nsignal_s = 25\nslope", "penalty = 3\nx", 6, "penalty isn't a table"),
    "one language": (', zh = "奶奶 0.6 米/秒"', "", 1, "label: key 'zh' is missing"),
    "no source": ('[source]\nspeed_m_s = "measured on the way to the market"', "", None, "key 'source' is missing"),
    "broken TOML": ("steps = 4", "steps = ", None, "the TOML is broken"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "row", "message"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_names_file_line_and_remedy(tmp_path: Path, old: str, new: str, row: int | None, message: str) -> None:
    assert old in OWN
    told = faults(study_with(tmp_path, OWN.replace(old, new, 1)))
    at = "" if row is None else f":{row}"
    assert any(re.search(rf"^grandma\.toml{at}: .*{message}", line) for line in told), told
    assert all("; " in line for line in told)


def test_every_fault_is_told_at_once_beside_those_of_the_study(tmp_path: Path) -> None:
    study = study_with(
        tmp_path, OWN.replace("0.6\naccess_speed_m_s = 0.6", "-1\naccess_speed_m_s = 0").replace("= 25", "= -1")
    )
    edit(study, "sites = 1", "sites = 0")
    told = faults(study)
    assert [line.split(":")[0] for line in told] == ["study.toml", *["grandma.toml"] * 3]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ('[[rule]]\nwhere = { highway = ["steps"] }\nuse = "bared"\nwhy = "x"', r":5: rule 1: use = 'bared' is unknown"),
        ('[[obstacle]]\nwhere = { barrier = ["gate"] }\nuse = "shut"\nwhy = "x"', r":5: obstacle 1: use = 'shut' is unk"),
        ('[[obstacle]]\nwhere = { barrier = "gate" }\nuse = "barred"\nwhy = "x"', r":4: obstacle 1: where isn't tag keys"),
        ('[[obstacle]]\nwhere = { barrier = ["gate"] }\nuse = "barred"\nwho = "x"', "unknown key 'who'; did you mean 'why'"),
        ("", ""),
    ],
)  # fmt: skip
def test_faults_of_own_rules_name_their_own_file(tmp_path: Path, rule: str, message: str) -> None:
    study = study_with(tmp_path, OWN.replace('ways = "walk"', 'ways = "ours"'))
    (tmp_path / "ways").mkdir()
    text = f'based_on = "walk"\nsource = {{ rules = "ours" }}\n{rule}\n'
    (tmp_path / "ways" / "ours.toml").write_text(text, encoding="utf-8")
    if not rule:
        assert read(study).profiles["grandma"].rules
        return
    (line,) = [line for line in faults(study) if re.search(message, line)]
    assert line.startswith("ways/ours.toml:")


def test_rules_that_build_on_each_other_are_a_fault(tmp_path: Path) -> None:
    study = study_with(tmp_path, OWN.replace('ways = "walk"', 'ways = "one"'))
    (tmp_path / "ways").mkdir()
    for name, base in (("one", "two"), ("two", "one")):
        text = f'based_on = "{base}"\nsource = {{ rules = "ours" }}\n'
        (tmp_path / "ways" / f"{name}.toml").write_text(text, encoding="utf-8")
    assert faults(study) == [
        "ways/two.toml:1: based_on = 'one' leads back to itself; write one of car, cycle, one, pushchair, two, walk, wheelchair"
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("standard_walk.toml", "'standard_walk' is the name of one of the planner's own; give the file another name"),
        ("my walk.toml", "'my walk' is no name for columns; give the file another name: letters, digits, _ and -"),
    ],
)
def test_a_name_that_would_mislead_is_a_fault(tmp_path: Path, name: str, message: str) -> None:
    (line,) = faults(study_with(tmp_path, name=name))
    assert message in line
    assert line.startswith("study.toml:22: ")


def test_two_files_of_one_name_are_a_fault(tmp_path: Path) -> None:
    path = study_with(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "grandma.toml").write_text(OWN, encoding="utf-8")
    more = '\n[[circle]]\nname = "again"\nservice = "elderly_day_care"\nminutes = 5\nprofile = "other/grandma.toml"\n'
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    (line,) = faults(path)
    assert "two profiles are named 'grandma'" in line


def test_a_file_that_isnt_there_is_a_fault_at_the_circle(tmp_path: Path) -> None:
    study = study_with(tmp_path)
    edit(study, "grandma.toml", "granma.toml")
    assert faults(study) == [
        "study.toml:22: profile 'granma.toml': there is no such file; did you mean 'grandma.toml'?"
    ]


def test_a_name_that_isnt_known_says_that_a_file_would_do(tmp_path: Path) -> None:
    study = study_with(tmp_path)
    edit(study, "grandma.toml", "older_wlk")
    assert faults(study) == [
        "study.toml:22: profile 'older_wlk' isn't known; did you mean 'older_walk'? Or name a file of your own that ends in .toml"
    ]


def test_a_name_in_chinese_will_do(tmp_path: Path) -> None:
    study = read(study_with(tmp_path, name="奶奶.toml"))
    assert set(study.profiles) == {"奶奶"}
