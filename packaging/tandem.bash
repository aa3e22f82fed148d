# bash completion of tandem: what `tandem help`, the options' help and the lists say, so it is never out of step.

_tandem_options() { # COMMAND [NOUN]
    tandem help "$@" 2>/dev/null | sed -n 's/^  \(--[a-z-]*\).*/\1/p'
}

_tandem_names() { # COMMAND: the nouns after it; none: the commands
    tandem help 2>/dev/null | awk -v c="${1:-}" '
        /^  [a-z]/ && c == "" && !seen[$1]++ { print $1 }
        /^  [a-z]/ && c != "" && $1 == c && $2 ~ /^[a-z-]+$/ { print $2 }'
}

_tandem() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} word i
    local -a said=() # without options and their values
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
        --config | --connection | --trace-http) i=$((i + 1)) ;;
        -*) ;;
        *) said+=("$word") ;;
        esac
    done
    case $prev in
    --config | --*-file | --jwt-key | --ids | --pairs | --save | --trace-http | --package)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    --past-brake) word='create_max unlink clear change' ;;
    --rule) word='prefer_salesforce always_salesforce two_way none prefer_hubspot always_hubspot' ;;
    --direction) word='to-hubspot to-salesforce both' ;;
    --for) word='business person both' ;;
    *)
        case "${said[*]:0:2}" in
        '') word=$(_tandem_names) ;;
        'settings get' | 'settings set') word=$(tandem settings list 2>/dev/null | awk '{ print $1 }') ;;
        mapping\ show | mapping\ change | mapping\ remove | mapping\ backfill)
            word=$(tandem mapping list 2>/dev/null | awk 'NR > 1 { print $1 }')
            ;;
        *) word=$([ ${#said[@]} -eq 1 ] && _tandem_names "${said[0]}") ;;
        esac
        ;;
    esac
    if [[ $cur == -* ]]; then
        word=$(_tandem_options "${said[@]:0:2}")
        [ -n "$word" ] || word=$(_tandem_options "${said[@]:0:1}")
    fi
    mapfile -t COMPREPLY < <(compgen -W "$word" -- "$cur")
}

complete -o default -F _tandem tandem
