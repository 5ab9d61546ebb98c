# Runs in a container of a prepared image of ours, with /busybox: makes /alpine.tar, a root of Alpine's shape. All its
# programs are Busybox's, and what apk installs comes from archives of Debian's packages with their libraries.
set -eu
root=/alpine
for path in $(/busybox --list-full); do
  mkdir -p "$root/${path%/*}"
  ln -s /bin/busybox "$root/$path"
done
cp /busybox "$root/bin/busybox"
# glibc's loader is found through links of a merged /usr.
mkdir -p $root/usr/lib $root/usr/lib64
ln -s usr/lib $root/lib
ln -s usr/lib64 $root/lib64
mkdir -p $root/etc/ssl/certs $root/etc/profile.d $root/lib/apk/db $root/repo $root/root $root/home $root/tmp $root/var/empty $root/dev $root/proc $root/run
chmod 1777 $root/tmp
cat >$root/etc/passwd <<'END'
root:x:0:0:root:/root:/bin/ash
sshd:x:22:22:sshd:/dev/null:/sbin/nologin
nobody:x:65534:65534:nobody:/:/sbin/nologin
END
printf 'root:x:0:root\nsshd:x:22:\nnobody:x:65534:\n' >$root/etc/group
printf 'root:*::0:::::\nsshd:!::0:::::\nnobody:!::0:::::\n' >$root/etc/shadow
echo /bin/ash >$root/etc/shells
cat >$root/etc/profile <<'END'
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
for script in /etc/profile.d/*.sh; do
  [ ! -r "$script" ] || . "$script"
done
END

# In the place of apk, which Debian does not have: its commands, options and words, as far as a prepare meets them.
cat >$root/sbin/apk <<'END'
#!/bin/sh
verb=$1
shift
case $verb in
  info) [ "$1" = -e ] && [ -e "/lib/apk/db/$2" ] && exit 0 || exit 1 ;;
  add) ;;
  *) echo "ERROR: '$verb' is not an apk command" >&2; exit 1 ;;
esac
packages= unknown=0
for word in "$@"; do
  case $word in
    --no-cache | --no-progress) continue ;;
    -*) echo "apk: unrecognized option '$word'" >&2; exit 1 ;;
  esac
  packages="$packages $word"
  [ -e "/repo/$word.tar" ] && continue
  [ $unknown -gt 0 ] || echo "ERROR: unable to select packages:" >&2
  unknown=$((unknown + 1))
  printf '  %s (no such package):\n    required by: world[%s]\n' "$word" "$word" >&2
done
[ $unknown -eq 0 ] || exit $unknown
for package in $packages; do
  echo "Installing $package"
  tar -xf "/repo/$package.tar" -C / && touch "/lib/apk/db/$package" || exit 1
done
echo OK
END
chmod 755 $root/sbin/apk

# pack NAME PACKAGE...: the files of these packages of Debian, and the libraries of their programs.
pack() {
  archive=$root/repo/$1.tar
  shift
  for package in "$@"; do
    dpkg -L "$package" | while read -r path; do
      case $path in /bin | /lib | /lib64 | /sbin | /usr/share/doc/* | /etc/ssh/ssh_host*) continue ;; esac
      if [ -L "$path" ] || [ -f "$path" ]; then echo "$path"; fi
      # What is no program has no libraries.
      [ ! -f "$path" ] || ldd "$path" 2>/dev/null | grep -oE '/[^ ]+\.so[^ ]*' || :
    done
  done | sed 's|^/||' | sort -u >/list
  # A library is found under a name that is a link.
  while read -r path; do
    [ ! -L "/$path" ] || case $path in *.so.*) realpath "/$path" | sed 's|^/||' ;; esac
  done </list >/more
  sort -u /list /more >/all
  tar -cf "$archive" -C / -T /all
}
for package in openssh-server tmux curl rsync git jq bash ca-certificates; do pack $package $package; done
pack sudo sudo libpam-modules libpam-modules-bin libpam-runtime
tar -rf $root/repo/sudo.tar -C / etc/pam.d
tar -rf $root/repo/ca-certificates.tar -C / etc/ssl/certs/ca-certificates.crt
mkdir -p /extra/usr/lib
cp -L /usr/lib/x86_64-linux-gnu/libstdc++.so.6 /extra/usr/lib/
tar -cf $root/repo/libstdc++.tar -C /extra usr
tar -cf /alpine.tar -C $root .
