# Says where you left off when you come into a project. In ~/.bashrc, at its end: eval "$(checklist hook bash)"
__checklist_hook() {
    local code=$?
    if [[ $PWD != "${__checklist_pwd-}" ]]; then
        command checklist prompt --left-off --since "${__checklist_pwd-}" >&2
        __checklist_pwd=$PWD
    fi
    return "$code"
}
if [[ ";${PROMPT_COMMAND[*]:-};" != *__checklist_hook* ]]; then
    PROMPT_COMMAND="__checklist_hook${PROMPT_COMMAND:+;$PROMPT_COMMAND}"
fi
