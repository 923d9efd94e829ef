/* Users of the Linux machine that this host runs on, who may log in when PAM says so. */

export interface MachineSubject {
  /** `u1000` for a user, `g27` for a group: as XenServer's PAM plug-in names them. */
  identifier: string;
  name: string;
  /** As the machine knows the person; empty for a group. */
  fullName: string;
  isGroup: boolean;
}

export interface MachineUsers {
  /** Why passwords cannot be checked here, in words; undefined: they can. */
  lacks(service: string): string | undefined;
  /** A user or a group of this name. */
  find(name: string): Promise<MachineSubject | undefined>;
  byIdentifier(identifier: string): Promise<MachineSubject | undefined>;
  /** Identifiers of the groups that a user is in. */
  groups(name: string): Promise<readonly string[]>;
  /** Whether PAM lets the user in with this password, by the rules of this service. */
  isPassword(service: string, user: string, password: string): Promise<boolean>;
}
