#!/bin/sh
# Install what the browser tests need: Chromium, Firefox and a Chinese font, with apt where that can be done.
# Does nothing where both are there, says so where it can't help, and always ends well: the tests themselves judge.
set -u

has_chromium() {
    [ -n "${PLANNER_CHROMIUM:-}" ] && [ -x "$PLANNER_CHROMIUM" ] && return 0
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    return 1
}

has_firefox() {
    [ -n "${PLANNER_FIREFOX:-}" ] && [ -x "$PLANNER_FIREFOX" ] && return 0
    command -v firefox >/dev/null 2>&1 || command -v firefox-esr >/dev/null 2>&1
}

has_font() {
    command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list ':lang=zh-cn' family 2>/dev/null)" ]
}

wanted=""
has_chromium || wanted="chromium"
has_firefox || wanted="$wanted firefox-esr"
has_font || wanted="$wanted fonts-noto-cjk"
if [ -z "$wanted" ]; then
    echo "browser: Chromium, Firefox and a Chinese font are here"
    exit 0
fi

if ! command -v apt-get >/dev/null 2>&1; then
    echo "browser: please install by hand:$wanted (there is no apt-get here)"
    exit 0
fi
if [ "$(id -u)" -eq 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    echo "browser: please install by hand: apt-get install$wanted (this needs root)"
    exit 0
fi

export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -q || true
# shellcheck disable=SC2086
if $as_root apt-get install -q -y --no-install-recommends $wanted; then
    echo "browser: installed $wanted"
else
    echo "browser: apt-get couldn't install $wanted; the browser tests will say what they miss"
fi
exit 0
