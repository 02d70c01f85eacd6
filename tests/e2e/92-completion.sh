#!/bin/bash
# SPDX-License-Identifier: MIT
# TAB in bash, zsh and fish, each on a terminal: what stands on the line when
# it is run is what the program is called with.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"
# shellcheck source=tests/e2e/functions_reclaim.sh
. "$(dirname "$0")/functions_reclaim.sh"
e2e=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
completion=$(readlink -f "$e2e/../../contrib/completion")

# A gotofs that tells what it is called with; what can be completed it asks of
# the real one.
mkdir bin empty
cat >bin/gotofs <<END
#!/bin/bash
if test "\${1-}" = --complete; then
	exec "$gotofs" "\$@"
fi
printf 'called with'
printf ' <%s>' "\$@"
printf ' .\n'
END
chmod +x bin/gotofs
cat >bashrc <<END
PS1='ready> '
. "$completion/gotofs"
END
mkdir zdot
cat >zdot/.zshrc <<END
PS1='ready> '
fpath=("$completion" \$fpath)
autoload -Uz compinit
compinit -u -D
END
cat >fishrc <<END
source "$completion/gotofs.fish"
function fish_prompt; printf 'ready> '; end
function fish_greeting; end
END

# on_terminal SHELL: with its completion and our profiles
on_terminal() {
	local command
	case $1 in
	bash) command=(bash --noprofile --rcfile "$WORK/bashrc" -i) ;;
	zsh) command=(env "ZDOTDIR=$WORK/zdot" zsh -d -i) ;;
	fish) command=(fish --no-config -i -C "source '$WORK/fishrc'") ;;
	esac
	(cd "$WORK/empty" && PATH=$WORK/bin:$PATH HOME=$WORK/home \
		"$e2e/tty" "${command[@]}")
}

# A line as it is typed, "\t" is TAB; and a regular expression of what it runs.
lines() {
	cat <<END
gotofs mo\t|<mount>
gotofs umount --la\t|<umount> <--lazy>
gotofs mount -o ro,se\t5 wi\t|<mount> <-o> <ro,settle=5> <wide>
gotofs mount -o settle=5,dr\t|<mount> <-o> <settle=5,dry_run>
gotofs mount --options=log_level=d\t|<mount> <--options=log_level=debug>
gotofs mount --log\tinf\two\t|<mount> <--log-level> <info> <work>
gotofs login --pat-file $WORK/se\t wi\t|<login> <--pat-file> <$WORK/secret> <wide>
gotofs journal ver\t$WORK/my\t|<journal> <verify> <$mnt/?>
gotofs status --js\t$WORK/my\t|<status> <--json> <$mnt/?>
gotofs reclaim "$mnt" gotomeeting-b\tkim.p\t|<reclaim> <$mnt> <$business/kim.park@example.com>
gotofs reclaim "$mnt" $business/kim.park@\t|<reclaim> <$mnt> <$business/kim.park@example.com>
gotofs reclaim "$mnt" --all gotowebinar-p\t|<reclaim> <$mnt> <--all> <gotowebinar-pro>
END
}

# What is typed, once the prompt is there; and that nothing else came of it.
keys() {
	local typed want
	echo 'see ready>'
	while IFS='|' read -r typed want; do
		printf 'type %s\\r\nsee called with %s *\\.\nsee ready>\n' \
			"$typed" "$want"
	done
	echo 'type exit\r'
}

mkdir -p home
touch secret "$XDG_CONFIG_HOME/gotofs/work.conf" "$XDG_CONFIG_HOME/gotofs/wide.conf"
start_sandbox
mnt="$WORK/my mount"
mkdir "$mnt"
reclaim_mount settle=30
business=gotomeeting-business

step "mount points, of this and whatever else is mounted; not where one is made"
offers() {
	"$gotofs" --complete "$@" | grep -cxF -- "$mnt"
}
for line in "status" "umount -l" "journal cat" "allow -n 3 --for 2h --reason why"; do
	# shellcheck disable=SC2086
	is 1 "$(offers $line "")"
done
is 0 "$(offers mount work "")"
is 0 "$(offers mount -o state_dir=)"

for shell in bash zsh fish; do
	step "$shell"
	lines | keys >keys
	on_terminal $shell <keys >screen 2>&1 ||
		fail "$shell: $(tail -c 2000 screen)"
done
