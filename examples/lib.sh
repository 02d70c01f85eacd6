# shellcheck shell=sh disable=SC2016,SC2034,SC2094 # jq's $; used by the others
# SPDX-License-Identifier: MIT
# What the scripts beside this file share; each reads it from its own folder.

LC_ALL=C
export LC_ALL
me=${0##*/}
work=$(mktemp -d) || exit "${trouble:-1}"
trap 'rm -rf "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# usage [STATUS]: the comment at the script's head
usage() {
	test "${1:-0}" -eq 0 || exec >&2
	sed -n '3,/^$/s/^#[[:blank:]]\{0,1\}//p' "$0"
	exit "${1:-0}"
}

die() {
	echo "$me: $*" >&2
	exit "${trouble:-1}"
}

# need_mount DIR: a folder that is not mounted is not an account without people
need_mount() {
	if ! mountpoint -q -- "$1" || ! test -e "$1/.gotofs/HELP"; then
		die "$1: no account is mounted there"
	fi
}

# is_below NAME: is that what something below a folder may be called?
is_below() {
	case /$1/ in *//* | */.*) return 1 ;; esac
}

# why DIR PATH: the sentence about the change of PATH that was refused, if any:
# of the name, or of rsync's scratch name for it; or what the tool has said in
# $work/err (of a mount with -o ro the kernel refuses by itself)
why() {
	for record in "$1/.gotofs/errors/$2.txt" \
		"$1/.gotofs/errors/${2%/*}/.${2##*/}".??????.txt; do
		test ! -e "$record" || {
			sed -n 2p "$record"
			return
		}
	done
	sed -n '1{s/.*: //;s/ ([0-9]*)$//;p}' "$work/err"
}

# names DIR [FIND-OPTION...]: of the people who have a file or link below it
names() {
	find "$@" -name '*.json' ! -name '.*' -printf '%f\n' >"$work/names" &&
		sort "$work/names"
}

# jq's encoded: a group's name as the name of a folder; jq's name: an address as
# that of a file
jq_name='
	def hex: explode[0] | [(. / 16 | floor), . % 16] |
		"%" + (map("0123456789ABCDEF"[.:][:1]) | add);
	def encoded: gsub("(?<c>[\u0001-\u001f\u007f%/])"; .c | hex) |
		if startswith(".") then "%2E" + .[1:] else . end;
	def name: ascii_downcase | encoded + ".json";'

# name_of ADDRESS
name_of() {
	jq -nr --arg address "$1" "$jq_name"' $address | name'
}

# records DIR JQ-ARGUMENT...: jq reads everybody's record, in a mount or a
# snapshot; input_filename is ./NAME
records() {
	records=$1/.gotofs/records
	test -d "$records" || records=$1/users
	names "$1/users" -maxdepth 1 >"$work/people" || return 1
	shift
	sed 's|^|./|' "$work/people" | tr '\n' '\0' |
		(cd "$records" && xargs -0r jq "$@")
}

# facts DIR: a sorted line each of a mount or snapshot: a PATH; and of people
# PATH, FIELD and value, with tabs between
facts() {
	{
		records "$1" -r '"users/\(input_filename[2:])\t" as $path |
			$path + "\t", (("firstName", "lastName", "locale",
			"timeZone", "adminRoles", "status") as $field |
			"\($path)\($field)\t\(.[$field] | tojson)")' &&
		(cd "$1" && find licenses groups -mindepth 1 ! -name '.*' \
			'(' -type d -o -name '*.json' ')' -printf '%p\t\t\n')
	} >"$work/facts" && sort "$work/facts"
}

# changes OLD NEW: from these facts to those, as gotofs plan prints them; of who
# came or went no fields
changes() {
	awk -F '\t' '
	FNR == NR { old[$1 FS $2] = $3; next }
	($1 FS $2) in old {
		if (old[$1 FS $2] != $3)
			print "~ " $1 " " $2 ": " old[$1 FS $2] " -> " $3
		delete old[$1 FS $2]
		next
	}
	$2 == "" { print "+ " $1; came[$1]; next }
	!($1 in came) { print "~ " $1 " " $2 ": -> " $3 }
	END {
		for (fact in old) {
			split(fact, part, FS)
			if (part[2] == "") print "- " part[1]
		}
	}' "$1" "$2" | sort -k 2
}

# csv FILE: of each row an object of its fields, by their names in the first row
# (in lower case), with "line" and with "file", the name of who has the address
# in the column "email". Quoted as RFC 4180 has it; what spreadsheets do to it
# (semicolons, CR LF, a byte order mark) is fine. Fails on what is no such table.
csv() {
	jq -cnR --arg file "$1" "$jq_name"'
	def wrong($line; $text):
		"\($file): line \($line): \($text)\n" | halt_error(1);

	# lines; one with an open quote goes on in the next
	def rows: foreach (inputs, null) as $next ({n: 0};
		.n += 1 | .row = null |
		if $next == null then
			if .text then wrong(.line; "a quote has no end") else . end
		else
			if .text then .text += "\n" + $next
			else .line = .n | .text = $next end |
			if .text | [scan("\"")] | length % 2 == 0
			then .row = {line, text} | .text = null else . end
		end;
		.row | select(.) | select(.text | test("[^\\s]")) |
		.text |= (rtrimstr("\r") | ltrimstr("\ufeff")) |
		if .text | contains("\ufffd") then wrong(.line; "no UTF-8")
		else . end);

	def fields($sep): .line as $line | (.text + $sep) as $text |
		[$text | match("(\"([^\"]|\"\")*\"|[^\"\($sep)]*)\($sep)"; "g").string] |
		if map(length) | add != ($text | length)
		then wrong($line; "a quote amid a field") else . end |
		map(.[:-1] | if startswith("\"")
			then .[1:-1] | gsub("\"\""; "\"") else . end |
			gsub("^\\s+"; "") | gsub("\\s+$"; ""));

	foreach rows as $row ({};
		.sep //= ($row.text |
			gsub("\"[^\"]*\""; "") |
			if contains(";") and (contains(",") | not) then ";" else "," end) |
		.sep as $sep | ($row | fields($sep)) as $fields |
		if .names == null then
			.names = ($fields | map(ascii_downcase)) |
			if .names | index("email") then .
			else wrong($row.line; "no column \"email\"") end
		elif ($fields | length) > (.names | length) then
			wrong($row.line; "more fields than the first row has")
		else
			.row = ([.names, $fields] | transpose |
				map({(.[0]): (.[1] // "")}) | add |
				.line = $row.line | .file = (.email | name)) |
			if .row.email == "" then wrong($row.line; "no address")
			else . end
		end;
		.row // empty)' <"$1"
}
