# The agent on one terminal, again and again; and what the kernel's command line says about it.
parameter() { sed -n "s/^\(.* \)\?p2v\.$1=\([^ ]*\).*/\2/p" /proc/cmdline; }

serve() { # on one terminal
  exec <"/dev/$1" >"/dev/$1" 2>&1
  while :; do
    if [ "$1" = console ]; then python3 -u /agent/main.py | tee /dev/ttyS0; else python3 -u /agent/main.py; fi
    case $(parameter after) in
      poweroff) sync; poweroff -f;;
      reboot) sync; reboot -f;;
    esac
    echo; echo 'Press Enter to begin again, or switch the machine off.'; read -r _ || sleep 60
  done
}
