# Completions of checklist for fish: commands, options, and the steps, runs and lists of the project.
# checklist completions fish > ~/.config/fish/completions/checklist.fish
function __checklist_complete
    set -l words (commandline -opc)
    set -l last (commandline -ct)
    set -l answer (command checklist complete fish -- $words[2..] "$last" 2>/dev/null)
    set -l how $answer[1]
    for line in $answer[2..]
        echo $line
    end
    if string match -q '*files*' -- $how
        __fish_complete_path "$last"
    else if string match -q '*folders*' -- $how
        __fish_complete_directories "$last" ''
    end
end
complete -c checklist -f -k -a '(__checklist_complete)'
