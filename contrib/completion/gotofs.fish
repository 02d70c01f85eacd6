# SPDX-License-Identifier: MIT
# fish completion for gotofs(1). What can stand where is asked of the program
# itself, so this file cannot fall behind it.

function __gotofs_complete
	set -l words (commandline -opc)
	set -l last (commandline -ct)
	for line in (gotofs --complete $words[2..] "$last" 2>/dev/null)
		switch $line
			case :files
				__fish_complete_path $last
			case :dirs
				__fish_complete_directories $last
			case ':*'
			case '*'
				printf '%s\n' $line
		end
	end
end

complete -c gotofs -f -a '(__gotofs_complete)'
