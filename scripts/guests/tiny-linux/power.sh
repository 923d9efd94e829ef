#!/bin/sh
# The power button: what is mounted is put away, then off at once.
umount -a -r
sync
poweroff -f
