#!/bin/busybox sh
# What the DHCP client does with what it got.
case $1 in
  deconfig) ip addr flush dev "$interface";;
  bound|renew)
    ip addr flush dev "$interface"
    ip addr add "$ip/${mask:-24}" dev "$interface"
    for gateway in $router; do ip route add default via "$gateway" dev "$interface" 2>/dev/null; done
    for server in $dns; do echo "nameserver $server"; done > /etc/resolv.conf;;
esac
