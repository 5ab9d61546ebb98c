# Runs in a mount and a process namespace of its own: makes the tree $1 the root, with the state folder $2 in it at
# the same path, and runs the rest of its arguments there. When that ends, or the process above is killed, all that
# was started and mounted goes. Of /dev only single files are bound: whoever deletes the tree deletes no device.
set -eu
tree=$1 state=$2
shift 2
mount --bind "$tree" "$tree"
cd "$tree"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /sys/fs/cgroup sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
for node in null zero full random urandom tty; do
  : >dev/$node
  mount --bind /dev/$node dev/$node
done
mkdir -p dev/pts dev/shm dev/mqueue .old
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t mqueue mqueue dev/mqueue
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
# Last, because it may lie below one of those.
mkdir -p ".$state"
mount --bind "$state" ".$state"
mount -t tmpfs -o mode=711 tmpfs ".$state/exec"
cat /etc/resolv.conf >etc/resolv.conf
pivot_root . .old
cd /
umount -l /.old
# Not exec: the first process of a namespace inherits orphans, and the shell buries them.
"$@"
