#!/usr/bin/env bash
# Checks the .flow files of a repository, and tells in a comment of the pull request what its
# edits do. action.yml sets the variables named DURABLEGEN_…, GitHub those named GITHUB_….
set -uo pipefail
set -f # paths are given to durablegen as they are

read -ra durablegen <<<"${DURABLEGEN_COMMAND:-go tool durablegen}"
read -ra paths <<<"${DURABLEGEN_PATHS:-./...}"
event=${GITHUB_EVENT_PATH:-/dev/null}
api=${GITHUB_API_URL:-https://api.github.com}/repos/${GITHUB_REPOSITORY:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

warn() { echo "::warning title=durablegen::$1"; }
fail() { echo "::error title=durablegen::$1"; exit 2; }
output() { echo "$1=$2" >>"${GITHUB_OUTPUT:-/dev/null}"; }

for tool in git jq curl "${durablegen[0]}"; do
  command -v "$tool" >/dev/null || fail "this action needs \`$tool\`, which the runner does not have"
done
case ${DURABLEGEN_FAIL_ON:-breaks} in
breaks | never) ;;
*) fail "fail-on: ${DURABLEGEN_FAIL_ON}: must be breaks or never" ;;
esac

failed=0

# check runs a command of durablegen, and notes whether it fails. What it prints are
# annotations if it is asked for them; else nothing in it is a command to the runner.
checks=
check() {
  local mark='✓' quiet="durablegen$RANDOM$RANDOM"
  echo "::group::durablegen $*"
  [[ "$*" = *github* ]] || echo "::stop-commands::$quiet"
  "${durablegen[@]}" "$@" "${paths[@]}" || { mark='✗'; failed=1; }
  [[ "$*" = *github* ]] || echo "::$quiet::"
  echo '::endgroup::'
  [ $mark = '✓' ] || echo "::error title=durablegen $1::\`durablegen $*\` fails; the log of this job says why"
  checks="$checks${checks:+ · }$mark \`$*\`"
}

known() { git rev-parse --verify --quiet --end-of-options "$1^{commit}" >/dev/null; }

# base gives the revision to compare with, fetched if this clone does not reach back to it.
base() {
  local base=${DURABLEGEN_BASE:-}
  [ -n "$base" ] || base=$(jq -r '.pull_request.base.sha // .before // empty' "$event")
  case $base in
  '' | 0000000000*) return 1 ;; # no pull request, or the first push of a branch
  esac
  if ! known "$base"; then
    if git fetch --quiet --no-tags --depth=1 origin "$base" 2>"$work/fetch"; then
      known "$base" || base=FETCH_HEAD # a branch, which has no name here
    else
      warn "the base \`$base\` can't be fetched: $(head -n 1 "$work/fetch")" >&2
    fi
  fi
  if [ "$base" = FETCH_HEAD ] || [[ "$base" =~ ^[0-9a-f]{40}$ ]]; then
    git rev-parse --short=12 --verify --quiet "$base^{commit}" || echo "$base"
  else
    echo "$base"
  fi
}

# call METHOD URL [FILE] calls GitHub's API, and gives the status; the answer is in $work/answer.
# The token is not on the command line, which other processes see.
call() {
  local options=(--silent --show-error --max-time 30 --output "$work/answer" --write-out '%{http_code}' --request "$1")
  [ "$1" != GET ] || options+=(--retry 2 --retry-delay 1)
  [ -z "${3:-}" ] || options+=(--data-binary "@$3")
  printf 'header = "Authorization: Bearer %s"\nheader = "Accept: application/vnd.github+json"\nheader = "X-GitHub-Api-Version: 2022-11-28"\n' "${DURABLEGEN_TOKEN:-}" |
    curl "${options[@]}" --config - "$2" 2>"$work/trouble" || return 1
}

# why says what went wrong with the last call, whose status was $1.
why() {
  if [ -n "${1:-}" ] && [ "$1" != 000 ]; then
    echo "status $1: $(jq -r '.message? // empty' "$work/answer" 2>/dev/null | head -n 1)"
  else
    head -n 1 "$work/trouble"
  fi
}

# earlier gives the address of the comment that an earlier run has written.
earlier() {
  local page status
  for ((page = 1; page <= 100; page++)); do
    status=$(call GET "$api/issues/$1/comments?per_page=100&page=$page") && [ "$status" = 200 ] || {
      why "${status:-}" >"$work/why"
      return 1
    }
    jq -r --rawfile comment "$work/comment.md" \
      '($comment | split("\n")[0]) as $marker | map(select((.body // "") | split("\n")[0] | rtrimstr("\r") == $marker))[0].url // empty' "$work/answer" >"$work/found"
    if [ -s "$work/found" ] || [ "$(jq length "$work/answer")" -lt 100 ]; then
      cat "$work/found"
      return
    fi
  done
}

# post writes the comment, in place of an earlier one if there is one. Where nothing has
# changed, no new one is written.
post() {
  local at status=
  at=$(earlier "$1") || return 1
  jq -n --rawfile body "$work/comment.md" '{body: $body}' >"$work/payload"
  if [ -n "$at" ]; then
    status=$(call PATCH "$at" "$work/payload") && [ "$status" = 200 ] && return
    case $status in
    403 | 404) ;; # it is somebody else's, or has been deleted meanwhile
    *) why "$status" >"$work/why"; return 1 ;;
    esac
  elif grep -q '^## durablegen: no workflow has changed$' "$work/comment.md" && [ $failed = 0 ]; then
    echo '{}' >"$work/answer"
    return
  fi
  status=$(call POST "$api/issues/$1/comments" "$work/payload") && [ "$status" = 201 ] || {
    why "$status" >"$work/why"
    return 1
  }
}

check check --format github
check fmt --check
check generate --check
check vet --format github

if ! base=$(base); then
  echo 'There is no earlier version to compare with.'
  printf 'Checks: %s\n' "$checks" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
  exit $failed
fi
"${durablegen[@]}" review --base "$base" --name "${DURABLEGEN_NAME:-}" "${paths[@]}" >"$work/comment.md"
status=$?
[ -s "$work/comment.md" ] || fail "\`durablegen review --base $base ${paths[*]}\` fails"
case $status in
0) output verdict goes-on ;;
1) output verdict breaks ;;
*) output verdict unknown ;;
esac
[ $status = 0 ] || [ "${DURABLEGEN_FAIL_ON:-breaks}" = never ] || failed=1
printf '\nChecks: %s\n' "$checks" >>"$work/comment.md"

# The summary has it in any case: a fork's pull request may write no comment.
cat "$work/comment.md" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
number=$(jq -r '.pull_request.number // empty' "$event")
if [ -n "$number" ] && [ "${DURABLEGEN_COMMENT:-true}" = true ]; then
  if post "$number"; then
    output comment-url "$(jq -r '.html_url // empty' "$work/answer")"
  else
    warn "the comment can't be written, so the summary of this job alone has it: $(cat "$work/why"). A pull request from a fork has no right to write; others need \`permissions: pull-requests: write\`"
  fi
fi
exit $failed
