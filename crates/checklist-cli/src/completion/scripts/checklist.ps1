# Completions of checklist for PowerShell: commands, options, and the steps, runs and lists of the project.
# In $PROFILE: checklist completions powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName checklist -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $typed = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object { if ($_.Value -is [string]) { $_.Value } else { $_.Extent.Text } })
    # An empty word does not reach a program in every version of PowerShell, so that it is told of by an option.
    $ask = @('complete', 'powershell')
    if ("$wordToComplete" -eq '') { $ask += '--new-word' }
    $answer = @(& checklist @ask -- @typed 2>$null)
    $how = if ($answer.Count -gt 0) { $answer[0] } else { '' }
    $answer | Select-Object -Skip 1 | ForEach-Object {
        $value, $about = $_ -split "`t", 2
        if (-not $about) { $about = $value }
        $text = if ($value -match '[\s''"`$;|&()]') { "'" + $value.Replace("'", "''") + "'" } else { $value }
        [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $about)
    }
    if ($how -match 'files|folders') {
        [System.Management.Automation.CompletionCompleters]::CompleteFilename("$wordToComplete")
    }
}
