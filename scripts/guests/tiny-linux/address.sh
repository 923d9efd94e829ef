#!/bin/sh
# udhcpc's script: sets what the DHCP server gave. The consoles show it: before their prompt, or here when it came later.
case "$1" in
  deconfig) ip addr flush dev "$interface" ;;
  bound | renew)
    ip addr flush dev "$interface"
    ip addr add "$ip/${mask:-24}" dev "$interface"
    [ -n "$router" ] && ip route replace default via "${router%% *}" dev "$interface"
    : > /etc/resolv.conf
    for server in $dns; do echo "nameserver $server" >> /etc/resolv.conf; done
    echo "Network card $interface has the address $ip" > "/run/address.$interface.new"
    mv "/run/address.$interface.new" "/run/address.$interface"
    [ "$1" = renew ] || [ ! -e /run/told ] || for screen in $(cat /run/screens); do cat "/run/address.$interface" > $screen; done ;;
esac
