/** The agent's own files on its state volume, put there before the first start (see `init/init.sh`). */
const stateFolder = "/mngr-state/ssh";

/**
 * The sshd_config of an agent whose only login is `user`: keys only, forwarding that VS Code Server needs, nothing
 * else (SPEC H2; research/handoff 1.7). The environment file is not an error when it is missing: Include is a glob.
 * Words newer than OpenSSH 8.2 do not belong here, for sshd ends at one that it does not know.
 */
export function renderSshdConfig(user: string): string {
  return `Port 22
HostKey ${stateFolder}/ssh_host_ed25519_key
AuthorizedKeysFile ${stateFolder}/authorized_keys
AllowUsers ${user}
AuthenticationMethods publickey
PubkeyAuthentication yes
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitEmptyPasswords no
PermitRootLogin ${user === "root" ? "prohibit-password" : "no"}
# An agent program that offers many keys is not sent away before the right one: passwords are off in any case.
MaxAuthTries 20
UsePAM no
StrictModes yes
LoginGraceTime 60
MaxStartups 100:30:200
MaxSessions 200
AllowTcpForwarding yes
AllowStreamLocalForwarding yes
AllowAgentForwarding no
X11Forwarding no
PermitTunnel no
GatewayPorts no
# ~/.ssh/environment leads to the agent's secrets. Whoever could write it has a shell already.
PermitUserEnvironment yes
AcceptEnv LANG LC_*
ClientAliveInterval 30
ClientAliveCountMax 4
UseDNS no
PrintMotd no
PrintLastLog no
PidFile none
Subsystem sftp internal-sftp
Include ${stateFolder}/environment.conf
`;
}
