# Completions of checklist for bash: commands, options, and the steps, runs and lists of the project.
# In ~/.bashrc: eval "$(checklist completions bash)"
_checklist() {
    local how='' line IFS=$'\n'
    COMPREPLY=()
    {
        IFS= read -r how
        while IFS= read -r line; do
            COMPREPLY+=("$line")
        done
    } < <(command checklist complete bash --breaks "$COMP_WORDBREAKS" -- "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
    compopt -o nosort 2>/dev/null
    if [[ $how == *open* ]]; then
        compopt -o nospace 2>/dev/null
    fi
    if [[ $how == *files* ]]; then
        compopt -o filenames 2>/dev/null
        COMPREPLY+=($(compgen -f -- "$2"))
    elif [[ $how == *folders* ]]; then
        compopt -o filenames 2>/dev/null
        COMPREPLY+=($(compgen -d -- "$2"))
    fi
}
complete -F _checklist checklist
