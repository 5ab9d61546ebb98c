# Turns a base image into a prepared one. Runs as root in a container of the base:
#
#   sh -c "$(cat prepare.sh)" prepare USER INIT SSHD_CONFIG SECRETS TAILSCALE SESSIONS [PACKAGE...]
#
# INIT, SSHD_CONFIG, SECRETS, TAILSCALE and SESSIONS are the texts of the files to put in. What it writes is for people;
# the last line on stdout is for us. Exit codes: 10 no package manager that we know, 11 an install failed, 12 the user could not be made,
# 13 something else that this script needs could not be done.
set -u

user=$1 init=$2 sshd_config=$3 secrets=$4 tailscale=$5 sessions=$6
shift 6
lib=/usr/local/lib/agent-containers

fail() {
  code=$1
  shift
  echo "$*" >&2
  exit "$code"
}

has() { command -v "$1" >/dev/null 2>&1; }

# The image's PATH may lack the places where its own package manager puts servers.
PATH=${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin

# --- packages --------------------------------------------------------------------------------------------------

# Prints those of our needs that are not there, one package name each; the same names in apt, apk and dnf, but for the
# one that brings ps.
missing_needs() {
  [ -x /usr/sbin/sshd ] || echo openssh-server
  for tool in tmux curl rsync git jq sudo bash tar; do
    has "$tool" || echo "$tool"
  done
  has ps || echo "$1"
  [ -e /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/pki/tls/certs/ca-bundle.crt ] || echo ca-certificates
}

# install_missing NAME_OF_PS INSTALLED INSTALL [PACKAGE...]: INSTALLED tells with its status whether a package is
# there; what has a version or a release in its name is left to the package manager to judge. Those in $also are missing.
install_missing() {
  missing=$(missing_needs "$1")
  installed=$2 install=$3
  shift 3
  for package in "$@"; do
    "$installed" "$package" >/dev/null 2>&1 || missing="$missing $package"
  done
  missing=$(echo $missing $also)
  if [ -z "$missing" ]; then
    echo "Every package is there already."
    return
  fi
  echo "Installing $missing"
  # shellcheck disable=SC2086 # a list of names
  "$install" $missing
}

in_apt() {
  case $(dpkg-query -W -f '${db:Status-Abbrev}' "$1") in
    i*) ;;
    *) return 1 ;;
  esac
}

with_apt() {
  export DEBIAN_FRONTEND=noninteractive
  # An update that failed in part may still do: the install tells.
  apt-get -q -o Acquire::Retries=2 -o Acquire::http::Timeout=20 -o Acquire::Languages=none update ||
    echo "The package lists could not all be fetched." >&2
  apt-get -q -y --no-install-recommends -o Acquire::Retries=2 -o Acquire::http::Timeout=20 \
    -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-unsafe-io -o Dpkg::Options::=--force-confold \
    install "$@" || fail 11 "apt-get could not install $*"
  apt-get clean
  rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/apt/* /var/log/dpkg.log
}

in_apk() { apk info -e "$1"; }

with_apk() {
  # Without a cache it fetches the index itself, and keeps none.
  apk add --no-cache --no-progress "$@" || fail 11 "apk could not install $*"
}

# A name may also be what a package provides.
in_rpm() { rpm -q "$1" || rpm -q --whatprovides "$1"; }

with_dnf() {
  options="--setopt=install_weak_deps=0 --setopt=tsflags=nodocs"
  # microdnf refuses settings that it does not know.
  [ "$manager" = microdnf ] || options="$options --setopt=timeout=20 --setopt=retries=2"
  # yum takes an unknown name for nothing to do.
  [ "$manager" != yum ] || options="$options --setopt=skip_missing_names_on_install=False"
  # shellcheck disable=SC2086 # options
  "$manager" -y $options install "$@" || fail 11 "$manager could not install $*"
  "$manager" clean all >/dev/null || echo "$manager could not clean up." >&2
  rm -rf /var/cache/dnf /var/cache/libdnf5 /var/cache/yum /var/log/dnf* /var/log/yum.log
}

manager=
for candidate in dnf microdnf yum; do
  if [ -z "$manager" ] && has "$candidate"; then manager=$candidate; fi
done
# The user of the agent is made by useradd, or by Busybox's adduser.
user_tools=1
has useradd || has adduser || user_tools=
also=
if has apt-get && has dpkg-query; then
  [ -n "$user_tools" ] || also=passwd
  install_missing procps in_apt with_apt "$@"
elif has apk; then
  [ -n "$user_tools" ] || also=shadow
  # What editors' servers are linked with.
  [ -e /usr/lib/libstdc++.so.6 ] || also="$also libstdc++"
  install_missing procps in_apk with_apk "$@"
elif [ -n "$manager" ] && has rpm; then
  [ -n "$user_tools" ] || also=shadow-utils
  install_missing procps-ng in_rpm with_dnf "$@"
elif [ -n "$(missing_needs procps)" ] || [ $# -gt 0 ]; then
  fail 10 "This image has no apt-get, apk or dnf."
fi
[ -x /usr/sbin/sshd ] || fail 13 "There is no /usr/sbin/sshd after the install."
# Each agent has its own key, put in from outside; those the package made would be shared by all.
rm -f /etc/ssh/ssh_host_*

# --- the user --------------------------------------------------------------------------------------------------

entry() { getent passwd "$1" 2>/dev/null || grep "^$1:" /etc/passwd; }

# id_taken FILE ID: whether a user or group of this number is there.
id_taken() { cut -d: -f3 "$1" | grep -qx "$2"; }

# set_field FILE NUMBER VALUE: of the line of our user; only where there is no usermod.
set_field() {
  awk -F: -v OFS=: -v name="$user" -v field="$2" -v value="$3" '$1 == name { $field = value } { print }' "$1" \
    >"$1.agent" && cat "$1.agent" >"$1" && rm "$1.agent"
}

make_user() {
  wish=
  id_taken /etc/passwd 1000 || id_taken /etc/group 1000 || wish="-u 1000"
  echo "Making the user $user"
  if has useradd; then
    group=-U
    ! grep -q "^$user:" /etc/group || group="-g $user"
    # shellcheck disable=SC2086 # options
    useradd -m -s /bin/bash $wish $group "$user" || fail 12 "useradd could not make the user $user"
  else
    group=
    ! grep -q "^$user:" /etc/group || group="-G $user"
    # shellcheck disable=SC2086 # options
    adduser -D -s /bin/bash $wish $group "$user" || fail 12 "adduser could not make the user $user"
  fi
}

entry "$user" >/dev/null || make_user
# A locked account ("!") is refused by sshd even with a key; "*" is no password either, but not locked.
case $(grep "^$user:" /etc/shadow 2>/dev/null | cut -d: -f2) in
  '!'*)
    if has usermod; then usermod -p '*' "$user"; else set_field /etc/shadow 2 '*'; fi ||
      fail 12 "The user $user could not be unlocked."
    ;;
esac
IFS=: read -r _ _ uid gid _ home shell <<PASSWD
$(entry "$user")
PASSWD
case $shell in
  '' | */nologin | */false)
    shell=/bin/bash
    if has usermod; then usermod -s "$shell" "$user"; else set_field /etc/passwd 7 "$shell"; fi ||
      fail 12 "The shell of $user could not be changed."
    ;;
esac
if [ "$uid" -ne 0 ]; then
  [ -d "$home" ] || { mkdir -p "$home" && cp -R /etc/skel/. "$home" 2>/dev/null; chown -R "$uid:$gid" "$home"; }
  # sshd refuses a home that others may write.
  chmod 0755 "$home"
  mkdir -p /etc/sudoers.d
  echo "$user ALL=(ALL:ALL) NOPASSWD: ALL" >/etc/sudoers.d/agent-containers
  chmod 0440 /etc/sudoers.d/agent-containers
fi

# --- our files -------------------------------------------------------------------------------------------------

mkdir -p "$lib" /mngr-state /app || fail 13 "The folders of the agent could not be made."
chmod 0755 "$lib" /mngr-state
chown "$uid:$gid" /app
printf '%s' "$init" >"$lib/init"
printf '%s' "$sshd_config" >"$lib/sshd_config"
printf '%s' "$secrets" >"$lib/secrets"
printf '%s' "$tailscale" >"$lib/tailscale"
printf '%s' "$sessions" >"$lib/sessions"
# A login that fails, or a probe that only looks for the banner, would lock out everybody behind the port's proxy.
# sshd before 9.8 ends at a word that it does not know, so it is asked.
mkdir -p /run/sshd
said=$(/usr/sbin/sshd -t -f /dev/null -o PerSourcePenalties=no 2>&1)
case $? in 126 | 127) fail 13 "/usr/sbin/sshd cannot be run: $said" ;; esac
case $said in
  *[Bb]'ad configuration option'*) ;;
  *) echo "PerSourcePenalties no" >>"$lib/sshd_config" ;;
esac
resets=
! env --default-signal=INT true 2>/dev/null || resets=1
cat >"$lib/facts" <<FACTS
user='$user' uid=$uid gid=$gid home='$home' shell='$shell' sshd=/usr/sbin/sshd env_resets_signals=$resets
FACTS
chmod 0755 "$lib/init" "$lib/secrets" "$lib/tailscale" "$lib/sessions"
chmod 0644 "$lib/sshd_config" "$lib/facts"
# A login shell's /etc/profile replaces PATH: the one of the image and the agent comes back.
mkdir -p /etc/profile.d
cat >/etc/profile.d/agent-containers.sh <<'PROFILE'
if [ -n "${AGENT_CONTAINERS_PATH-}" ]; then
  PATH=$AGENT_CONTAINERS_PATH
  export PATH
fi
PROFILE
echo "agent-containers-prepared uid=$uid gid=$gid home=$home"
