# Says where you left off when you come into a project. In ~/.zshrc: eval "$(checklist hook zsh)"
__checklist_hook() {
    local code=$?
    if [[ $PWD != "${__checklist_pwd-}" ]]; then
        command checklist prompt --left-off --since "${__checklist_pwd-}" >&2
        __checklist_pwd=$PWD
    fi
    return $code
}
autoload -Uz add-zsh-hook
add-zsh-hook precmd __checklist_hook
