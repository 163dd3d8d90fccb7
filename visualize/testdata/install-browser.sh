#!/usr/bin/env bash
# Installs what the tests of diagrams and of the console look for and skip without:
# Chromium from Debian's packages; from the npm registry Mermaid, in the two major
# versions that viewers use, and axe-core, which tells what people with assistive
# technology can't use. All of it only if missing.
set -euo pipefail

mermaid_versions='11.17.2 12.3.0'
axe_version='4.14.1'
cache="${XDG_CACHE_HOME:-$HOME/.cache}/durablegen/mermaid"
axe="${XDG_CACHE_HOME:-$HOME/.cache}/durablegen/axe"

if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends chromium fonts-noto-color-emoji >/dev/null
fi

for version in $mermaid_versions; do
  if [ ! -f "$cache/$version/node_modules/mermaid/dist/mermaid.min.js" ]; then
    mkdir -p "$cache/$version"
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$cache/$version" "mermaid@$version"
  fi
  echo "mermaid:  $cache/$version/node_modules/mermaid/dist/mermaid.min.js"
done

if [ ! -f "$axe/node_modules/axe-core/axe.min.js" ]; then
  mkdir -p "$axe"
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$axe" "axe-core@$axe_version"
fi
echo "axe:      $axe/node_modules/axe-core/axe.min.js"

echo "chromium: $(command -v chromium || command -v chromium-browser || command -v google-chrome)"
