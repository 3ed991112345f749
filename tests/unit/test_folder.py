"""Writing never loses anything: not ours, not others', neither on an error nor on a kill."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from planner.errors import InputError, SourceError
from planner.report import FILES, check_folder, manifest, placing, write
from planner.report.folder import check, write_folder
from planner.report.manifest import MANIFEST
from planner.report.workbench import Workbench
from tests.findings_by_hand import PROVENANCE, findings

NAMES = ("a.txt", "b.txt", "c.txt")
OLD = {name: f"old {name}" for name in NAMES}
NEW = {name: f"new {name}" for name in NAMES}
FOREIGN = {"notes.txt": "mine", "图纸/plan.dwg": "mine too", ".hidden": "also mine", "z.csv": "1"}


def fill_with(content):
    def fill(folder):
        for name, text in content.items():
            (folder / name).write_text(text)

    return fill


def put(out, content, names=NAMES, **options):
    return write_folder(out, fill_with(content), names=names, **options)


def add_foreign(out):
    for name, text in FOREIGN.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text)


def held(out):
    """Return every file's text, the manifest's aside."""
    return {
        path.relative_to(out).as_posix(): path.read_text()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }


def assert_in_order(out, content):
    """Assert that our files are just those, that the manifest says so, and that nothing temporary is left beside."""
    assert held(out) == content
    listed = manifest.read(out)
    assert set(listed) <= set(content)
    assert all(manifest.is_unchanged(out / name, sha256) for name, sha256 in listed.items())
    assert not Workbench.of(out.resolve()).folder.exists()


def test_absent_with_its_parents_and_empty(tmp_path):
    put(tmp_path / "数据" / "maps" / "a b", OLD)
    assert_in_order(tmp_path / "数据" / "maps" / "a b", OLD)
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty").chmod(0o750)
    put(tmp_path / "empty", OLD)
    assert_in_order(tmp_path / "empty", OLD)
    if os.name != "nt":
        assert (tmp_path / "empty").stat().st_mode & 0o777 == 0o750


def test_the_manifest_lists_size_and_digest(tmp_path):
    put(tmp_path / "out", OLD)
    found = json.loads((tmp_path / "out" / MANIFEST).read_bytes())
    assert [one["name"] for one in found["files"]] == list(NAMES)
    assert found["files"][0]["size"] == len("old a.txt")


def test_an_earlier_result_is_swapped(tmp_path):
    out = tmp_path / "out"
    put(out, {**OLD, "stale.txt": "old"}, names=(*NAMES, "stale.txt"))
    before = out.stat().st_ino
    put(out, NEW)
    assert_in_order(out, NEW)
    if os.name != "nt":
        assert out.stat().st_ino != before


def test_swapped_also_where_the_system_cannot_exchange(tmp_path, monkeypatch):
    monkeypatch.setattr(placing, "exchanged", lambda *_: False)
    put(tmp_path / "out", OLD)
    put(tmp_path / "out", NEW)
    assert_in_order(tmp_path / "out", NEW)


def test_others_files_are_not_touched(tmp_path):
    out = tmp_path / "out"
    add_foreign(out)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    put(out, OLD)
    put(out, NEW)
    assert_in_order(out, {**FOREIGN, **NEW})
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_stale_file_of_ours_goes_only_if_nobody_changed_it(tmp_path):
    out = tmp_path / "out"
    add_foreign(out)
    put(out, {**OLD, "stale.txt": "old", "edited.txt": "old"}, names=(*NAMES, "stale.txt", "edited.txt"))
    (out / "edited.txt").write_text("with my remarks")
    put(out, NEW)
    assert_in_order(out, {**FOREIGN, **NEW, "edited.txt": "with my remarks"})


def test_a_changed_file_of_ours_is_kept_under_another_name(tmp_path):
    out, told = tmp_path / "out", []
    put(out, OLD)
    for round_, content in enumerate((NEW, OLD)):
        (out / "b.txt").write_text(f"remarks {round_}")
        put(out, content, notice=told.append)
    assert_in_order(out, {**OLD, "b.bak.txt": "remarks 0", "b.bak2.txt": "remarks 1"})
    assert [Path(issue.table).name for issue in told] == ["b.bak.txt", "b.bak2.txt"]


def test_a_file_under_our_name_that_no_run_wrote_is_refused(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "b.txt").write_text("my own")
    (out / MANIFEST).write_text('{"name": "a web app"}')
    with pytest.raises(InputError) as refused:
        put(out, NEW)
    assert [issue.code for issue in refused.value.issues] == ["not_ours", "not_ours"]
    assert {path.name for path in tmp_path.rglob("*")} == {"out", "b.txt", MANIFEST}
    with pytest.raises(InputError, match="move the file"):
        check(out, names=NAMES)


def test_a_manifest_has_no_say_over_other_folders(tmp_path):
    out = tmp_path / "out"
    put(out, OLD)
    victim = tmp_path / "victim.txt"
    victim.write_text("dear")
    found = json.loads((out / MANIFEST).read_bytes())
    for name in ("../victim.txt", str(victim)):
        found["files"].append({"name": name, "sha256": manifest.digest(victim), "size": 4})
    (out / MANIFEST).write_text(json.dumps(found))
    put(out, NEW)
    assert victim.read_text() == "dear"
    assert_in_order(out, NEW)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_links_are_followed_outside_and_left_alone_inside(tmp_path):
    real, out = tmp_path / "real", tmp_path / "out"
    out.symlink_to(real, target_is_directory=True)
    put(out, OLD)
    assert out.is_symlink()
    assert_in_order(real, OLD)
    elsewhere = tmp_path / "elsewhere.txt"
    elsewhere.write_text("old a.txt")
    (real / "a.txt").unlink()
    (real / "a.txt").symlink_to(elsewhere)
    put(out, NEW)
    assert out.is_symlink()
    assert elsewhere.read_text() == "old a.txt"
    assert (real / "a.bak.txt").is_symlink()
    assert (real / "a.txt").read_text() == "new a.txt"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("a file")
    for out in (tmp_path / "out", tmp_path / "out" / "below"):
        with pytest.raises(InputError, match="is a file"):
            put(out, NEW)
    assert held(tmp_path) == {"out": "a file"}


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_may_not_be_written_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(SourceError, match="may not write"):
            put(tmp_path / "out", NEW)
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_that_access_says_may_not_be_written_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(SourceError, match=r"you may not write to .*; name a folder"):
        put(tmp_path / "out", NEW)


def test_someone_inside_the_folder_keeps_it(tmp_path, monkeypatch):
    out = tmp_path / "out"
    put(out, OLD)
    before = out.stat().st_ino
    monkeypatch.chdir(out)
    put(Path(), NEW)
    assert out.stat().st_ino == before
    assert_in_order(out, NEW)


@pytest.mark.parametrize("foreign", [False, True])
def test_an_error_while_making_leaves_the_earlier_result(tmp_path, foreign):
    out = tmp_path / "out"
    put(out, OLD)
    if foreign:
        add_foreign(out)
    before = held(out)

    def fill(folder):
        (folder / "a.txt").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_folder(out, fill, names=NAMES)
    assert_in_order(out, before)


def test_a_full_disk_is_a_plain_fault_and_a_missing_template_is_ours(tmp_path):
    def full(folder):
        raise OSError(28, "No space left on device", str(folder / "a.txt"))

    with pytest.raises(SourceError, match="No space left"):
        write_folder(tmp_path / "out", full, names=NAMES)

    def broken(_):
        (tmp_path / "template.html").read_text()

    with pytest.raises(FileNotFoundError):
        write_folder(tmp_path / "out", broken, names=NAMES)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("step", range(12))
def test_an_error_at_any_step_of_replacing_rolls_back(tmp_path, monkeypatch, step):
    """A file that is open in Excel can't be replaced on Windows: every step may fail."""
    out = tmp_path / "out"
    put(out, {**OLD, "stale.txt": "old"}, names=(*NAMES, "stale.txt"))
    add_foreign(out)
    (out / "b.txt").write_text("remarks")
    before = held(out)
    left = [step]

    def failing(operation):
        def act(*arguments, **options):
            left[0] -= 1
            if left[0] == -1:
                raise PermissionError(13, "The file is open in another program", str(arguments[0]))
            return operation(*arguments, **options)

        return act

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", failing(Path.rename))
        patch.setattr(Path, "replace", failing(Path.replace))
        patch.setattr(placing, "_copy", failing(placing._copy))
        try:
            put(out, NEW)
            written = True
        except SourceError:
            written = False
    after = {**before, **NEW, "b.bak.txt": "remarks"}
    after.pop("stale.txt")
    assert_in_order_or_changed(out, after if written else before)
    assert written == (step >= 9)  # 4 files copied, 4 replaced (one of them moved first), 1 stale: 9 steps can fail


def assert_in_order_or_changed(out, content):
    assert held(out) == content
    assert not Workbench.of(out).folder.exists()


def test_no_hard_links(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", refuse)
    add_foreign(tmp_path / "out")
    put(tmp_path / "out", OLD)
    put(tmp_path / "out", NEW)
    assert_in_order(tmp_path / "out", {**FOREIGN, **NEW})


KILLED = """
import os, signal, sys
from pathlib import Path
from planner.report import placing
from planner.report.folder import write_folder

NAMES = ("a.txt", "b.txt", "c.txt")
def fill(folder):
    for name in NAMES:
        (folder / name).write_text(f"new {name}")

out, step, exchange = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "exchange"
if not exchange:
    placing.exchanged = lambda *_: False
WATCHED = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "open", "shutil.rmtree", "os.scandir"}
count = 0

def watch(event, arguments):
    global count
    if event in WATCHED and str(out.parent) in str(arguments[0]):
        count += 1
        if count > step:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
write_folder(out, fill, names=NAMES)
"""


def killed_at(out, step, exchange):
    """Write in a process that is killed before its file operation number ``step``; return whether it got through."""
    command = [sys.executable, "-c", KILLED, str(out), str(step), "exchange" if exchange else "rename"]
    run = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60, cwd=Path(__file__).parents[2]
    )
    assert run.returncode in (0, -9), run.stderr
    return run.returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no SIGKILL")
@pytest.mark.parametrize("before", ["absent", "ours", "ours without exchange", "others", "ours and others"])
def test_a_kill_at_any_step_loses_nothing(tmp_path, before):
    done = False
    for step in range(200):
        out = tmp_path / f"{step}" / "out"
        out.parent.mkdir()
        if "ours" in before:
            put(out, OLD)
        if "others" in before:
            add_foreign(out)
        others = FOREIGN if "others" in before else {}
        old = {**others, **(OLD if "ours" in before else {})}
        done = killed_at(out, step, before != "ours without exchange")
        assert_nothing_is_lost(out, others, old)
        if step % 2:  # the next run fails before it has anything new ...
            with pytest.raises(ZeroDivisionError):
                write_folder(out, lambda _: 1 // 0, names=NAMES)
            now = held(out) if out.exists() else {}
            assert now in (old, {**others, **NEW})
        else:  # ... or does its work
            put(out, {name: f"newer {text}" for name, text in NEW.items()})
            now = {**others, **{name: f"newer {text}" for name, text in NEW.items()}}
        if now != others:
            assert_in_order(out, now)
        if done:
            break
    assert done
    assert step > 15


def assert_nothing_is_lost(out, others, old):
    """Assert that the old result or the new one is whole, here or, between two renames, beside; others' files too."""
    now = held(out) if out.exists() else {}
    bench = Workbench.of(out)
    assert {name: now.get(name) for name in others} == others
    if now in (old, {**others, **NEW}):
        return
    if not out.exists():  # only where the system can't exchange folders in one step
        assert held(bench.old) == OLD
        assert held(bench.new) == NEW
    else:  # file by file: each is whole, and the rest of the new ones wait for the next run
        assert others
        assert bench.installing.exists()
        for name in NAMES:
            assert now.get(name) in (old.get(name), NEW[name])
            assert now.get(name) == NEW[name] or (bench.new / name).read_text() == NEW[name]


def test_another_run_at_work_is_not_disturbed(tmp_path):
    out = tmp_path / "out"
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from planner.report.folder import write_folder\n"
        "def fill(folder):\n"
        "    (folder / 'a.txt').write_text('slow')\n"
        "    print('filling', flush=True)\n"
        "    sys.stdin.readline()\n"
        "write_folder(Path(sys.argv[1]), fill, names=['a.txt'])\n"
    )
    command = [sys.executable, "-c", script, str(out)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as slow:
        assert slow.stdout.readline() == "filling\n"
        with pytest.raises(SourceError, match="another run is writing"):
            put(out, NEW)
        slow.communicate("go\n", timeout=60)
    assert_in_order(out, {"a.txt": "slow"})


def test_a_folder_of_that_name_that_is_not_ours_is_left_alone(tmp_path):
    mine = tmp_path / ".out.planner"
    mine.mkdir()
    (mine / "diary.txt").write_text("mine")
    with pytest.raises(SourceError, match="in the way"):
        put(tmp_path / "out", NEW)
    assert held(mine) == {"diary.txt": "mine"}


def test_the_whole_result_of_a_study(tmp_path, monkeypatch):
    page = pytest.importorskip("planner.report.page")
    monkeypatch.setattr(page, "render", lambda _: "<!doctype html><title>页</title>")
    steps = []
    index = write(
        findings(), tmp_path / "out", provenance=PROVENANCE, progress=lambda step, done: steps.append((step, done))
    )
    assert index == tmp_path / "out" / "index.html"
    told = ["gathering what is written", *(f"writing {name}" for name in FILES), "putting the files in place"]
    assert [name for name, _ in steps] == told
    assert [done for _, done in steps] == sorted(done for _, done in steps)
    assert {path.name for path in index.parent.iterdir()} == {*FILES, MANIFEST}
    first = {path.name: path.read_bytes() for path in index.parent.iterdir()}
    time.sleep(1.1)  # so that a clock value would show
    write(findings(), tmp_path / "out", provenance=PROVENANCE)
    assert {path.name: path.read_bytes() for path in index.parent.iterdir()} == first
    check_folder(tmp_path / "out")
