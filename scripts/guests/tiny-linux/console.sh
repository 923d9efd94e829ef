#!/bin/sh
# A shell on this console. It waits a moment for the network, so that the address stands above the prompt.
cards=$(cat /run/cards)
for try in 1 2 3 4 5 6 7 8 9 10; do
  pending=
  for card in $cards; do [ -e "/run/address.$card" ] || pending=$card; done
  [ -z "$pending" ] && break
  usleep 200000
done
[ -n "$pending" ] && : > /run/told
echo
echo "Tiny Linux, kernel $(uname -r), ready $(cut -d' ' -f1 /proc/uptime) s after its start"
cat /run/address.* 2> /dev/null
[ -n "$pending" ] && echo "Network card $pending has no address yet"
exec /bin/sh -l
