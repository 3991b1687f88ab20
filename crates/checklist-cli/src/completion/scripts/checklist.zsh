#compdef checklist
# Completions of checklist for zsh: commands, options, and the steps, runs and lists of the project.
# In ~/.zshrc, behind compinit: eval "$(checklist completions zsh)"; or as the file _checklist in a folder of $fpath.
_checklist() {
    local how line
    local -a words_typed answer values shown open
    (( CURRENT > 2 )) && words_typed=("${(@Q)words[2,CURRENT-1]}")
    answer=("${(@f)$(command checklist complete zsh -- "${words_typed[@]}" "${(Q)PREFIX}" 2>/dev/null)}")
    how=$answer[1]
    for line in "${(@)answer[2,-1]}"; do
        [[ -n $line ]] || continue
        values+=("${line%%$'\t'*}")
        [[ ${line#*$'\t'} == '' ]] && shown+=("${line%%$'\t'*}") || shown+=("${line/$'\t'/  -- }")
    done
    [[ $how == *open* ]] && open=(-S '')
    (( $#values )) && compadd -V checklist -l -d shown "${open[@]}" -a values
    [[ $how == *files* ]] && _files
    [[ $how == *folders* ]] && _files -/
    return 0
}
if [[ $funcstack[1] == _checklist ]]; then
    _checklist "$@"
else
    compdef _checklist checklist
fi
