#!/bin/bash
# Prints the ten contents of a space that were viewed most in January: busiest.sh SUP
set -euo pipefail

report=$VIEWTRACKER_BASE_URL/api/v2/report/spaces/$1/visits
start=0
total=1
while [ "$start" -lt "$total" ]; do
    page=$(curl --silent --show-error --fail-with-body --retry 3 \
        --header "Authorization: Bearer $VIEWTRACKER_TOKEN" --get "$report" \
        --data startDate=2026-01-01 --data endDate=2026-01-31 \
        --data "start=$start" --data limit=1000)
    printf '%s\n' "$page"
    start=$((start + 1000))
    total=$(printf '%s' "$page" | jq .totalSize)
done | jq --slurp --raw-output '
    map(.results[]) | group_by(.contentId) | sort_by(-length) | .[:10][]
    | "\(length)\t\(.[0].contentName)"'
