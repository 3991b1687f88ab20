# Says where you left off when you come into a project. In ~/.config/fish/config.fish: checklist hook fish | source
function __checklist_hook --on-event fish_prompt
    set -l code $status
    if test "$PWD" != "$__checklist_pwd"
        command checklist prompt --left-off --since "$__checklist_pwd" >&2
        set -g __checklist_pwd $PWD
    end
    return $code
end
