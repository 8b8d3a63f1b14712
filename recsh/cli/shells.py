"""What a shell runs when the Tab key is pressed: one short script each for bash, zsh, fish and PowerShell, which ask recsh and show what it says.

recsh is called with the variable `VARIABLE` naming the shell, and the words up to the cursor as arguments, the last one as far as it is
typed (bash hands the line over instead, because it cuts words at ':' and '='). What comes back is a line an offer, TEXT tab ABOUT; or the line
`FILES` where file names belong. A text that ends in ':' or '=' gets no space behind it. Nothing that comes back is ever evaluated: it holds
words of catalogs, which anybody may have written.

Leaves out: what is offered (see `tabkey`), where scripts are put (see `completion`).
"""

from __future__ import annotations

VARIABLE = "_RECSH_COMPLETE"
FILES = "\x1ffiles"

_BASH = """\
# recsh completion for bash
_recsh() {
    local text about last="" IFS=
    COMPREPLY=()
    while IFS=$'\\t' read -r text about; do
        if [ "$text" = $'\\x1ffiles' ]; then
            compopt -o default 2>/dev/null
            return
        fi
        COMPREPLY+=("$text")
        last=$text
    done < <(_RECSH_COMPLETE=bash COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" "$1" 2>/dev/null)
    case $last in *[:=]) compopt -o nospace 2>/dev/null ;; esac
}
complete -F _recsh recsh
"""

_ZSH = """\
#compdef recsh
# recsh completion for zsh
_recsh() {
    local line
    local -a texts shown open openshown
    while IFS= read -r line; do
        if [[ $line == $'\\x1ffiles' ]]; then
            _files
            return
        fi
        if [[ ${line%%$'\\t'*} == *[:=] ]]; then
            open+=("${line%%$'\\t'*}")
            openshown+=("${line//$'\\t'/  }")
        else
            texts+=("${line%%$'\\t'*}")
            shown+=("${line//$'\\t'/  }")
        fi
    done < <(_RECSH_COMPLETE=zsh "${(Q)words[1]}" "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)
    (( $#open )) && compadd -V recsh-open -l -S '' -d openshown -a open
    (( $#texts )) && compadd -V recsh -l -d shown -a texts
}
(( $+functions[compdef] )) && compdef _recsh recsh
[[ $funcstack[1] == _recsh ]] && _recsh "$@"
"""

_FISH = """\
# recsh completion for fish
function __recsh_complete
    set -l typed (commandline -opc)
    set -l current (string unescape -- (commandline -ct | string trim -l -c "'\\""))
    test (count $current) -eq 0; and set current ''
    set -l lines (env _RECSH_COMPLETE=fish $typed[1] $typed[2..-1] "$current" 2>/dev/null)
    if test "$lines[1]" = (printf '\\x1ffiles')
        __fish_complete_path "$current"
    else
        printf '%s\\n' $lines
    end
end
complete -c recsh -f -k -a '(__recsh_complete)'
"""

_POWERSHELL = """\
# recsh completion for PowerShell
Register-ArgumentCompleter -Native -CommandName recsh -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $typed = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | Select-Object -Skip 1 |
        ForEach-Object { if ($null -ne $_.Value) { "$($_.Value)" } else { $_.Extent.Text } })
    $before = $env:_RECSH_COMPLETE
    $env:_RECSH_COMPLETE = 'powershell'
    try {
        # an empty last word is passed as one blank: PowerShell drops empty arguments of programs
        $last = if ($wordToComplete) { $wordToComplete.Trim("'", '"') } else { ' ' }
        & $commandAst.CommandElements[0].Value @typed $last 2>$null | ForEach-Object {
            $text, $about = $_ -split "`t", 2
            if ($text -ne "$([char]0x1f)files") {
                $word = if ($text -match '[\\s''"`$;&|<>(){}@#]') { "'" + $text.Replace("'", "''") + "'" } else { $text }
                $note = if ($about) { $about } else { $text }
                [System.Management.Automation.CompletionResult]::new($word, $text, 'ParameterValue', $note)
            }
        }
    } finally { $env:_RECSH_COMPLETE = $before }
}
"""

SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH, "powershell": _POWERSHELL}
