"""The command line: parse, call, print, exit code. 0 done; 1 our fault; 2 the input's fault; 3 no full solution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import Abort, Exit, TyperException

from planner import options
from planner.issue import plain
from planner.progress import part
from planner.store import Store, unkept
from planner.terminal import Talk, marking, progress_of, speak_utf8

if TYPE_CHECKING:
    from planner.issue import Issue
    from planner.room import Room
    from planner.study import Findings, Study

DONE, OWN_FAULT, INPUT_FAULT, NO_FULL_SOLUTION = 0, 1, 2, 3
STOPPED = 130
"""What shells expect after Ctrl-C."""
STOPPED_IN_WORDS = "stopped; the earlier result, if there was one, is untouched"

app = typer.Typer(
    name="planner",
    help="Which communities reach care on foot within 15 minutes, and where to build next.",
    epilog="Exit codes: 0 done; 2 the input is at fault; 3 a siting task has no full solution; 1 our own fault.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001  # typer calls it with the option's value
    if wanted:
        from planner import __version__

        typer.echo(f"planner {__version__}")
        raise Exit


@app.callback()
def _options(
    version: Annotated[  # acted on by its callback
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and leave.")
    ] = False,
) -> None:
    """Options that stand before any command."""


@app.command()
def demo(
    out: options.Out = Path("maps/demo"),
    open_page: options.OpenPage = False,
    timings: options.Timings = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    no_progress: options.NoProgress = False,
) -> int:
    """Do the main job on the sample district (synthetic data); no input needed."""
    talk = Talk(quiet, verbose, not no_progress, timings)
    from planner.sources import sample_district

    return _main_job(sample_district(), out, talk, unkept, _room(no_memory_check=True), open_page=open_page)


@app.command()
def run(
    study: options.StudyFile,
    out: options.OutByStudy = None,
    choice: options.Choice = None,
    open_page: options.OpenPage = False,
    cache: options.CacheFolder = None,
    no_cache: options.NoCache = False,
    timings: options.Timings = False,
    no_memory_check: options.NoMemoryCheck = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    no_progress: options.NoProgress = False,
) -> int:
    """Do the main job: coverage, sites, page and tables for a study."""
    talk = Talk(quiet, verbose, not no_progress, timings)
    store, room = _store(talk, cache, no_cache=no_cache), _room(no_memory_check)
    out = out or Path("maps") / study.stem
    read = _read(study, talk, store, room)
    if choice is not None:
        from planner.sources import with_choice

        read = with_choice(read, choice)
    return _main_job(read, out, talk, store, room, open_page=open_page)


@app.command()
def check(
    study: options.StudyFile,
    cache: options.CacheFolder = None,
    no_cache: options.NoCache = False,
    no_memory_check: options.NoMemoryCheck = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    no_progress: options.NoProgress = False,
) -> int:
    """Read and judge the inputs only: every fault, its row, how to mend it."""
    talk = Talk(quiet, verbose, not no_progress)
    from planner.study import check as judge

    store, room = _store(talk, cache, no_cache=no_cache), _room(no_memory_check)
    read = _read(study, talk, store, room)
    found = judge(read, store=store, room=room)
    for issue in found:
        talk.say(f"{issue.severity}: {issue.line()}")
    talk.say(
        f"{read.name}: {len(read.communities)} communities, {len(read.facilities)} facilities, "
        f"{len(read.candidates)} candidates, {len(read.circles)} circles; no fault, "
        f"{sum(issue.severity == 'warning' for issue in found)} warnings"
    )
    return DONE


@app.command()
def score(
    study: options.StudyFile,
    sites: options.Sites,
    output: options.ScoreFormat = options.Format.table,
    circle: options.CircleName = None,
    strict: options.Strict = False,
    cache: options.CacheFolder = None,
    no_cache: options.NoCache = False,
    timings: options.Timings = False,
    no_memory_check: options.NoMemoryCheck = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    no_progress: options.NoProgress = False,
) -> int:
    """Score candidate sites, each alone on top of what exists."""
    talk = Talk(quiet, verbose, not no_progress, timings)
    from planner.report import scores_text
    from planner.sources import read_sites
    from planner.study import score as score_sites

    store, room = _store(talk, cache, no_cache=no_cache), _room(no_memory_check)
    read = _read(study, talk, store, room)
    talk.clock.watch()(f"reading {sites.name}", 0.0)
    places, unread, issues = read_sites(sites, read)
    for issue in issues:
        talk.tell(issue)
    with progress_of(talk) as progress:
        rows = [(row.id or f"row {row.row}", row.reason) for row in unread]
        watched = talk.clock.watch(progress)
        scores = score_sites(read, places, circle=circle, unread=rows, store=store, progress=watched, room=room)
    talk.tell_timings()
    typer.echo(scores_text(scores, output.value), nl=False)
    judged = len(scores.sites) - scores.rejected
    for site in scores.sites:
        if site.status != "ok":
            talk.say(f"{sites.name}: '{site.id}' is {site.status}: {site.reason}")
    return INPUT_FAULT if judged == 0 or (strict and scores.rejected) else DONE


@app.command()
def isochrones(
    study: options.StudyFile,
    output: options.IsochroneFile,
    minutes: options.Minutes = None,
    metres: options.Metres = None,
    of: options.OfPlaces = options.Of.facilities,
    ids: options.Ids = None,
    product: options.AsProduct = options.Product.polygons,
    merge: options.HowMerged = options.Merge.none,
    profile: options.ProfileName = None,
    cache: options.CacheFolder = None,
    no_cache: options.NoCache = False,
    no_memory_check: options.NoMemoryCheck = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    no_progress: options.NoProgress = False,
) -> int:
    """Write what lies within some minutes or metres of places."""
    from planner.isochrone import must_be_limits
    from planner.report import check_isochrone_file, isochrone_frame, write_isochrones
    from planner.sources.circles import profile_name
    from planner.study import isochrones as draw

    talk, room = Talk(quiet, verbose, not no_progress), _room(no_memory_check)
    if minutes is not None and metres is not None:
        raise typer.BadParameter("give the limits by --minutes or by --metres, not by both")
    of_time, of_length = _limits(minutes, "--minutes", "5,10,15"), _limits(metres, "--metres", "500,1000")
    must_be_limits(of_length or of_time, "minutes" if metres is None else "metres")
    check_isochrone_file(output)
    store = _store(talk, cache, no_cache=no_cache)
    read = _read(study, talk, store, room, profile=profile)
    with progress_of(talk) as progress:
        lost: list[Issue] = []
        found = draw(
            read,
            of=of.value,
            minutes=of_time,
            metres=of_length,
            profile=profile and profile_name(profile),
            ids=None if ids is None else [one.strip() for one in ids.replace("，", ",").split(",") if one.strip()],
            product=product.value,
            merge=merge.value,
            store=store,
            progress=progress,
            notice=lost.append,
            room=room,
        )
    for issue in lost:
        talk.say(f"{issue.severity}: {issue.line()}")
    write_isochrones(isochrone_frame(found, getattr(read, of.value)), output)
    empty = sum(one.geometry.is_empty for one in found)
    talk.say(f"{len(found)} isochrones{f', {empty} of them empty' if empty else ''}: {output}")
    return DONE


@app.command()
def plans(
    name: options.PlanName = None,
    output: options.PrintPlans = options.PlansFormat.table,
    audit: options.Audit = False,
) -> int:
    """Show the government plans, their indicators, conflicts and own arithmetic."""
    from planner.report import plans_text
    from planner.sources import read_plan, read_plans

    found = [read_plan(name)] if name else list(read_plans().values())
    typer.echo(plans_text(found, output.value, audit=audit, whole=name is not None), nl=False)
    return DONE


@app.command()
def new(
    folder: options.NewFolder,
    quiet: options.Quiet = False,
) -> int:
    """Make a folder with a commented study.toml and sample tables to fill in."""
    from planner.sources import write_new

    write_new(folder)
    Talk(quiet).say(f"Fill in the tables, then: planner run {folder / 'study.toml'}")
    return DONE


def command_line(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; faults are told on standard error, one a line."""
    speak_utf8()
    try:
        code = int(app(list(arguments), standalone_mode=False) or DONE)
    except Exit as leave:
        return leave.exit_code
    except Exception as fault:  # noqa: BLE001  # the last door: whatever comes is told in a line, never as a traceback
        return _tell_fault(fault, arguments)
    except KeyboardInterrupt as stop:
        return _tell_fault(Abort(stop), arguments)
    if code == STOPPED:  # typer has taken Ctrl-C in hand already
        typer.echo(STOPPED_IN_WORDS, err=True)
    return code


def _tell_fault(fault: Exception, arguments: Sequence[str]) -> int:
    """Tell a fault on standard error, one line each, and return the exit code that it calls for."""
    from planner.errors import CheckError, PlannerError

    if isinstance(fault, Abort) or _was_stopped(fault):
        typer.echo(STOPPED_IN_WORDS, err=True)
        return STOPPED
    if isinstance(fault, TyperException):
        what = getattr(fault, "format_message", lambda: str(fault))()  # typer types only the root of its errors
        if what:  # without a command the help has been shown already
            typer.echo(f"{plain(what)} (planner --help lists what there is)", err=True)
        return INPUT_FAULT
    if isinstance(fault, MemoryError):
        typer.echo("the memory is used up; clip the network, or study one part at a time", err=True)
        return INPUT_FAULT
    if isinstance(fault, PlannerError) and not isinstance(fault, CheckError):
        for issue in fault.issues:
            typer.echo(issue.line(), err=True)
        return INPUT_FAULT
    if "-v" in arguments or "--verbose" in arguments:
        import traceback

        traceback.print_exception(fault)
    what = f"{type(fault).__name__}: {plain(str(fault))}"
    typer.echo(f"the planner's own fault: {what}; run again with -v and report it", err=True)
    return OWN_FAULT


def _was_stopped(fault: BaseException | None) -> bool:
    """Whether Ctrl-C is at the bottom of a fault: compiled code may wrap it in another."""
    while fault is not None and not isinstance(fault, KeyboardInterrupt):
        fault = fault.__cause__ or fault.__context__
    return fault is not None


def _main_job(study: Study, out: Path, talk: Talk, store: Store, room: Room, *, open_page: bool) -> int:
    from planner.report import check_folder, write
    from planner.study import run as find

    check_folder(out)
    kept: list[Issue] = []
    with progress_of(talk) as progress:
        findings = find(study, store=store, room=room, progress=talk.clock.watch(part(progress, 0.0, 0.8)))
        talk.clock.stop()
        findings = replace(findings, timings_s=dict(talk.clock.timings_s))  # from the start of the command
        page = write(findings, out, progress=talk.clock.watch(part(progress, 0.8, 1.0)), notice=kept.append)
    for issue in kept:
        talk.say(f"{issue.severity}: {issue.line()}")
    _tell(findings, page, talk)
    if open_page:
        import webbrowser

        webbrowser.open(page.resolve().as_uri())
    full = all(proposal.status in {"optimal", "feasible"} for proposal in findings.proposals)
    return DONE if full else NO_FULL_SOLUTION


def _tell(findings: Findings, page: Path, talk: Talk) -> None:
    """Say in a few lines what was found."""
    for issue in findings.issues:
        talk.tell(issue)
    if findings.study.synthetic:
        talk.say("Synthetic data, made up for demonstration.")
    for found in findings.coverages:
        tally = found.communities
        talk.say(
            f"{found.circle.name}: {tally.covered} of {tally.total} communities covered, {tally.uncovered} uncovered, "
            f"{tally.not_assessed} not assessed"
        )
    for proposal in findings.proposals:
        unreached = (
            f", {len(proposal.unreachable)} communities out of reach of every candidate" if proposal.unreachable else ""
        )
        talk.say(f"{proposal.name}: {len(proposal.sites)} sites, {proposal.status}{unreached}")
    talk.tell_timings()
    talk.say(f"The page: {page}")


def _store(talk: Talk, folder: Path | None, *, no_cache: bool) -> Store:
    if no_cache:
        return unkept
    from planner.sources.cache import Cache, default_folder

    return marking(Cache(folder or default_folder(), notice=talk.tell), talk.clock)


def _read(path: Path, talk: Talk, store: Store, room: Room, *, profile: str | None = None) -> Study:
    from planner.sources import read

    with progress_of(talk) as progress:
        return read(path, store=store, room=room, progress=talk.clock.watch(progress), profile=profile)


def _room(no_memory_check: bool) -> Room:  # noqa: FBT001  # as typer gives the flag
    """Return what gives the free memory, or room for anything where the user asks for it."""
    from planner.room import unlimited
    from planner.sources.memory import free_memory

    return unlimited if no_memory_check else free_memory


def _limits(text: str | None, option: str, example: str) -> list[float]:
    try:
        return sorted({float(part) for part in (text or "").replace("，", ",").split(",") if part.strip()})
    except ValueError:
        raise typer.BadParameter(
            f"{option} takes numbers with commas between them, such as {example}; not {text!r}"
        ) from None
