# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: MIT
# What the tests of examples/ share; sourced after functions.sh.

examples=$(realpath "$(dirname "$0")/../../examples")
export PATH=$BUILD:$PATH
mnt="$WORK/it's a mnt" # whoever forgets a quote finds out
mkdir "$mnt"
mkdir "$WORK/not mounted"

# manners SCRIPT OPERAND...: it says how it is used, and does nothing where
# nothing is mounted (DIR stands for the folder)
manners() {
	local script=$examples/$1
	shift
	expect "$script" --help
	said "usage: ${script##*/} "
	said "Exit status: "
	refuse "usage: ${script##*/} " 2 "$script"
	refuse "usage: ${script##*/} " 2 "$script" --nonsense "$@"
	refuse "not mounted: no account is mounted there" 1 \
		"$script" "${@/#DIR/$WORK/not mounted}"
	test -z "$(find "$WORK/not mounted" -mindepth 1)" || fail "it wrote there"
}

# says TEXT CMD...: it exits 0, prints exactly TEXT, and nothing on stderr
says() {
	expect_out "$@"
	is "" "$(cat "$WORK/err")"
}
