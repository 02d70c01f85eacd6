# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: MIT
#
# The tools that read a tree: each has a row in tests/e2e/tools (group "read")
# and here
#
#	ID_read DIR     reads DIR, a second time only what has changed, if the
#	                tool can; what it makes of it lies in $WORK/to
#	ID_copy DIR     puts what it has of it into DIR, an empty folder; not
#	                where the tool keeps nothing
#
# Sourced after functions.sh. TOOLS=REGEX takes some of them.

e2e=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
to=$WORK/to
mkdir -p "$to" "$WORK/home"
export HOME=$WORK/home # of their caches and settings
export RCLONE_CONFIG=$WORK/rclone.conf
export RESTIC_REPOSITORY=$to/restic RESTIC_PASSWORD=test
export BORG_REPO=$to/borg BORG_BASE_DIR=$HOME
export BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes
export UNISON=$HOME/unison
: >"$RCLONE_CONFIG"

tar_read() { tar -C "$1" -cf "$to/tar.tar" .; }
tar_copy() { tar -C "$1" -xf "$to/tar.tar"; }

rsync_read() { rsync -a --delete "$1/" "$to/rsync/"; }
rsync_copy() { cp -a "$to/rsync/." "$1"; }

restic_read() {
	test -d "$to/restic" || restic init --quiet || return
	env -C "$1" restic backup --quiet .
}
restic_copy() { restic restore --quiet latest --target "$1"; }

borg_read() {
	test -d "$to/borg" || borg init -e none || return
	env -C "$1" borg create "::{now:%s.%f}" .
}
borg_copy() { env -C "$1" borg extract "::$(borg list --last 1 --short)"; }

rdiff_time=1700000000
rdiff_read() { # it wants another second for each run
	rdiff_time=$((rdiff_time + 60))
	rdiff-backup --new --current-time $rdiff_time backup "$1" "$to/rdiff"
}
rdiff_copy() {
	cp -a "$to/rdiff/." "$1" && rm -r "$1/rdiff-backup-data"
}

cp_a_read() { rm -rf "$to/cp" && cp -a "$1/." "$to/cp"; }
cp_a_copy() { cp -a "$to/cp/." "$1"; }

git_read() {
	test -d "$to/git" || git init --quiet --bare "$to/git" || return
	git --git-dir="$to/git" --work-tree="$1" add -A
}
git_copy() { git --git-dir="$to/git" --work-tree="$1" checkout-index -a; }
# same_trees but for empty folders, which git does not know
git_same() {
	cp -a "$1" same && find same copy -depth -type d -empty -delete
	same_trees same "$2"
	rm -rf same
}

unison_read() {
	mkdir -p "$to/unison"
	unison -batch -silent -perms 0 -force "$1" -noupdate "$1" -nocreation "$1" \
		-nodeletion "$1" "$1" "$to/unison"
}
unison_copy() { cp -a "$to/unison/." "$1"; }

rclone_read() { rclone sync --links --create-empty-src-dirs "$1" "$to/rclone"; }
rclone_copy() {
	cp -a "$to/rclone/." "$1"
	find "$1" -name '*.rclonelink' | while read -r link; do
		ln -s "$(<"$link")" "${link%.rclonelink}" && rm "$link"
	done
}

find_read() { find "$1" -newer "$WORK/marker"; }
grep_read() { grep -r '"email"' "$1"; }
du_read() { du -s "$1"; }

touch -d 2001-01-01 "$WORK/marker"

# load_readers GROUP: their ids, and what their rows say: ${row["again ID"]}, …
declare -A row
load_readers() {
	local group id name again failed note
	ids=()
	while IFS='|' read -r group id name again failed note; do
		ids+=("$id")
		row["again $id"]=$again row["failed $id"]=$failed
	done < <(sed -E '/^#/d; s/\\\|/:/g; s/ *\| */|/g' "$e2e/tools" | grep "^$1|")
	mapfile -t ids < <(printf '%s\n' "${ids[@]}" | grep -E "${TOOLS-.}")
	test ${#ids[@]} -gt 0 || fail "no tools"
}

# copied ID: what it has, in $WORK/copy; false: it keeps nothing
copied() {
	test "$(type -t "${1}_copy")" = function || return
	chmod -R u+w copy 2>/dev/null
	rm -rf copy
	mkdir copy
	expect "${1}_copy" "$WORK/copy"
}

# same_trees A B: names, links and bytes
same_trees() {
	diff -r --no-dereference "$1" "$2" >"$WORK/diff" 2>&1 ||
		fail "$1 is not $2" "$(head "$WORK/diff")"
}

# same_as DIR ID: the tool's copy is DIR
same_as() {
	if test "$2" = git; then
		git_same "$1" copy
	else
		same_trees "$1" copy
	fi
}

# complete DIR: every document in it is one, to its end; links lead somewhere
complete() {
	python3 - "$1" <<'END'
import json, os, sys
n = 0
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        path = os.path.join(folder, name)
        if os.path.islink(path) or not name.endswith(".json"):
            continue
        text = open(path, "rb").read()
        try:
            json.loads(text)
            assert text.endswith(b"}\n") and len(text) == os.stat(path).st_size
        except Exception as e:
            raise SystemExit(f"{path}: {e}: {text[-80:]}")
        n += 1
if n < 50:
    raise SystemExit(f"{sys.argv[1]}: only {n} documents")
END
}

# read_all DIR [ID...]: each tool reads it, without an error or a warning
read_all() {
	local dir=$1 id
	shift
	for id in "${@:-${ids[@]}}"; do
		echo "read: $id"
		expect "${id}_read" "$dir"
		! grep -iE 'changed|vanish|warn|error|shrank' "$WORK/err" ||
			fail "$id complains"
		! copied "$id" || same_as "$dir" "$id"
	done
}
