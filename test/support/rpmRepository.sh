# Runs in a container of Debian with dnf, rpm and createrepo-c: makes /repo, a repository of rpms that hold what
# Debian's packages of the same names hold.
set -eu
dpkg-query -W -f '${Package}\n' | sort >/before
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q -y --no-install-recommends install \
  openssh-server tmux curl rsync git jq sudo procps ca-certificates hello
dpkg-query -W -f '${Package}\n' | sort >/after

# pack NAME REQUIRES POST PACKAGE...: one rpm with the files of these packages of Debian.
pack() {
  name=$1 requires=$2 post=$3
  shift 3
  rm -rf /root/files
  mkdir -p /root/files /repo
  for package in "$@"; do
    # /bin, /lib and /sbin are links to what is below /usr.
    dpkg -L "$package" | sed -E 's#^/(bin|lib|lib64|sbin)(/|$)#/usr/\1\2#' | while read -r path; do
      if [ -L "$path" ] || [ -f "$path" ]; then echo "${path#/}"; fi
    done
  done | grep -v -e '^usr/share/doc' -e '^etc/ssh/ssh_host' | sort -u >/root/list
  tar -c -C / -T /root/list | tar -x -C /root/files
  sed 's|.*|"/&"|' /root/list >/root/names
  cat >/root/spec <<SPEC
Name: $name
Version: 1
Release: 1
Summary: of Debian
License: various
AutoReqProv: no
$requires
%description
Files of Debian's packages.
%install
mkdir -p %{buildroot}
cp -a /root/files/. %{buildroot}/
%post
$post
%files -f /root/names
SPEC
  rpmbuild --quiet -bb --define '_rpmdir /repo' --define '_build_id_links none' \
    --define '__os_install_post %{nil}' --define '_binary_payload w0.gzdio' /root/spec
}

needs="openssh-server tmux curl rsync git jq sudo procps ca-certificates hello"
# shellcheck disable=SC2046,SC2086 # lists of names
pack test-libs "Provides: /bin/sh" : $(comm -13 /before /after | grep -vxF "$(printf '%s\n' $needs)")
for need in $needs; do
  name=$need post=:
  case $need in
    procps) name=procps-ng ;;
    openssh-server) post='grep -q ^sshd: /etc/passwd || echo "sshd:x:105:65534::/run/sshd:/usr/sbin/nologin" >>/etc/passwd' ;;
    ca-certificates) post='mkdir -p /etc/pki/tls/certs; cat /usr/share/ca-certificates/mozilla/*.crt >/etc/pki/tls/certs/ca-bundle.crt' ;;
  esac
  # What brings useradd, the shell and the like is in the image.
  pack "$name" "Requires: test-libs" "$post" "$need"
done
createrepo_c --quiet /repo
