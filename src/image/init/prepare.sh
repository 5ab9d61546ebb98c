# Turns a base image into a prepared one. Runs as root in a container of the base:
#
#   sh -c "$(cat prepare.sh)" prepare USER INIT SSHD_CONFIG [PACKAGE...]
#
# INIT and SSHD_CONFIG are the texts of the files to put in. What it writes is for people; the last line on stdout
# is for us. Exit codes: 10 no package manager that we know, 11 an install failed, 12 the user could not be made,
# 13 something else that this script needs could not be done.
set -u

user=$1 init=$2 sshd_config=$3
shift 3
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

# Prints those of our needs that are not there, one package name each; the same names in apt, apk and dnf.
missing_needs() {
  [ -x /usr/sbin/sshd ] || echo openssh-server
  for tool in tmux curl rsync git jq sudo bash tar; do
    has "$tool" || echo "$tool"
  done
  has ps || echo "$1"
  [ -e /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/pki/tls/certs/ca-bundle.crt ] || echo ca-certificates
}

with_apt() {
  missing=$(missing_needs procps)
  for package in "$@"; do
    # What has a version or a release in its name is left to apt to judge.
    case $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) in
      i*) ;;
      *) missing="$missing $package" ;;
    esac
  done
  missing=$(echo $missing)
  if [ -z "$missing" ]; then
    echo "Every package is there already."
    return
  fi
  echo "Installing $missing"
  export DEBIAN_FRONTEND=noninteractive
  # An update that failed in part may still do: the install tells.
  apt-get -q -o Acquire::Retries=2 -o Acquire::http::Timeout=20 -o Acquire::Languages=none update ||
    echo "The package lists could not all be fetched." >&2
  # shellcheck disable=SC2086 # a list of names
  apt-get -q -y --no-install-recommends -o Acquire::Retries=2 -o Acquire::http::Timeout=20 \
    -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-unsafe-io -o Dpkg::Options::=--force-confold \
    install $missing || fail 11 "apt-get could not install $missing"
  apt-get clean
  rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/apt/* /var/log/dpkg.log
}

if has apt-get && has dpkg-query; then
  with_apt "$@"
elif [ -n "$(missing_needs procps)" ] || [ $# -gt 0 ]; then
  fail 10 "This image has no apt-get."
fi
[ -x /usr/sbin/sshd ] || fail 13 "There is no /usr/sbin/sshd after the install."
# Each agent has its own key, put in from outside; those the package made would be shared by all.
rm -f /etc/ssh/ssh_host_*

# --- the user --------------------------------------------------------------------------------------------------

entry() { getent passwd "$1" 2>/dev/null || grep "^$1:" /etc/passwd; }

if ! entry "$user" >/dev/null; then
  wish=
  getent passwd 1000 >/dev/null || getent group 1000 >/dev/null || wish="-u 1000"
  group=-U
  ! getent group "$user" >/dev/null || group="-g $user"
  echo "Making the user $user"
  # shellcheck disable=SC2086 # options
  useradd -m -s /bin/bash $wish $group "$user" || fail 12 "useradd could not make the user $user"
fi
# A locked account ("!") is refused by sshd even with a key; "*" is no password either, but not locked.
case $(getent shadow "$user" 2>/dev/null | cut -d: -f2) in
  '!'*) usermod -p '*' "$user" || fail 12 "usermod could not unlock the user $user" ;;
esac
IFS=: read -r _ _ uid gid _ home shell <<PASSWD
$(entry "$user")
PASSWD
case $shell in
  '' | */nologin | */false)
    shell=/bin/bash
    usermod -s "$shell" "$user" || fail 12 "usermod could not change the shell of $user"
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
# A login that fails, or a probe that only looks for the banner, would lock out everybody behind the port's proxy.
# sshd before 9.8 ends at a word that it does not know, so it is asked.
mkdir -p /run/sshd
case $(/usr/sbin/sshd -t -f /dev/null -o PerSourcePenalties=no 2>&1) in
  *[Bb]'ad configuration option'*) ;;
  *) echo "PerSourcePenalties no" >>"$lib/sshd_config" ;;
esac
resets=
! env --default-signal=INT true 2>/dev/null || resets=1
cat >"$lib/facts" <<FACTS
user='$user' uid=$uid gid=$gid home='$home' shell='$shell' sshd=/usr/sbin/sshd env_resets_signals=$resets
FACTS
chmod 0755 "$lib/init"
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
