//! The methods of a store, as lists for macros that make a store of another one.

macro_rules! people_of_a_store {
    ($callback:ident $($ahead:tt)*) => {
        $callback! { $($ahead)*
            Directory {
                fn user(tenant: &TenantId, id: &UserId) -> Option<User>;
                fn find_user(tenant: &TenantId, key: UserKey<'_>) -> Option<User>;
                fn create_user(tenant: &TenantId, user: &User) -> Written;
                fn replace_user(tenant: &TenantId, user: &User, expected: u64) -> Written;
                fn delete_user(tenant: &TenantId, id: &UserId) -> Written;
                fn users(tenant: &TenantId, after: Option<&UserId>, limit: usize) -> Vec<User>;
                fn users_with_email(tenant: &TenantId, email: &str, limit: usize) -> Vec<User>;
            }
        }
    };
}

macro_rules! logins_of_a_store {
    ($callback:ident $($ahead:tt)*) => {
        $callback! { $($ahead)*
            Logins {
                fn begin(tenant: &TenantId, login: &PendingLogin, caps: LoginCaps, now: Timestamp) -> Begun;
                fn pending(tenant: &TenantId, connection: &ConnectionId, id: &LoginId) -> Option<PendingLogin>;
                fn consume(tenant: &TenantId, connection: &ConnectionId, used: Use<'_>, now: Timestamp) -> Consumed;
                fn add_emergency(tenant: &TenantId, record: &EmergencyRecord) -> ();
                fn redeem_emergency(key: &SecretHash, now: Timestamp) -> Redeemed;
                fn sweep_logins(now: Timestamp) -> u64;
            }
        }
    };
}

macro_rules! whole_of_a_store {
    ($callback:ident $($ahead:tt)*) => {
        $callback! { $($ahead)*
            Store {
                fn write(tenant: &TenantId, change: Change<'_>, effects: Effects<'_>) -> Written;
                fn query_users(tenant: &TenantId, query: &Query<'_>) -> Found<Listed<User>>;
                fn query_groups(tenant: &TenantId, query: &Query<'_>) -> Found<Listed<Group>>;
                fn query_resources(tenant: &TenantId, query: &Query<'_>) -> Found<Listed<Resource>>;
            }
        }
    };
}

macro_rules! rest_of_a_store {
    ($callback:ident $($ahead:tt)*) => {
        $callback! { $($ahead)*
            Groups {
                fn group(tenant: &TenantId, id: &GroupId) -> Option<Group>;
                fn groups_named(tenant: &TenantId, display_name: &str, limit: usize) -> Vec<Group>;
                fn groups(tenant: &TenantId, after: Option<&GroupId>, limit: usize) -> Vec<Group>;
                fn create_group(tenant: &TenantId, group: &Group) -> Written;
                fn replace_group(tenant: &TenantId, group: &Group, expected: u64) -> Written;
                fn delete_group(tenant: &TenantId, id: &GroupId, now: Timestamp) -> Written;
                fn change_members(tenant: &TenantId, id: &GroupId, change: MemberChange<'_>, expected: Option<u64>, now: Timestamp) -> Written;
                fn members(tenant: &TenantId, id: &GroupId, after: Option<&MemberId>, limit: usize) -> Vec<Member>;
                fn groups_of(tenant: &TenantId, member: &MemberId, after: Option<&GroupId>, limit: usize) -> Vec<Group>;
                fn known_members(tenant: &TenantId, ids: &[String]) -> Vec<Option<MemberId>>;
            }
            Resources {
                fn resource(tenant: &TenantId, kind: &str, id: &ResourceId) -> Option<Resource>;
                fn resources(tenant: &TenantId, kind: &str, after: Option<&ResourceId>, limit: usize) -> Vec<Resource>;
                fn create_resource(tenant: &TenantId, resource: &Resource) -> Written;
                fn replace_resource(tenant: &TenantId, resource: &Resource, expected: u64) -> Written;
                fn delete_resource(tenant: &TenantId, kind: &str, id: &ResourceId) -> Written;
            }
            Connections {
                fn create_tenant(tenant: &Tenant) -> Written;
                fn tenant(id: &TenantId) -> Option<Tenant>;
                fn tenants(after: Option<&TenantId>, limit: usize) -> Vec<Tenant>;
                fn set_tenant_status(tenant: &TenantId, status: Status) -> Written;
                fn remove_tenant(tenant: &TenantId, extent: Extent) -> Written;
                fn create_connection(tenant: &TenantId, connection: &Connection) -> Written;
                fn connection(tenant: &TenantId, id: &ConnectionId) -> Option<Connection>;
                fn connection_by_slug(slug: &Slug) -> Option<Connection>;
                fn touch_token(tenant: &TenantId, connection: &ConnectionId, key: &str, now: Timestamp) -> ();
                fn connection_by_domain(domain: &str) -> Option<Connection>;
                fn connections(tenant: &TenantId, after: Option<&ConnectionId>, limit: usize) -> Vec<Connection>;
                fn connection_by_token(key: &str) -> Option<Connection>;
                fn active_connections(limit: usize) -> Vec<Connection>;
                fn replace_connection(tenant: &TenantId, connection: &Connection, expected: u64) -> Written;
                fn remove_connection(tenant: &TenantId, id: &ConnectionId, extent: Extent) -> Written;
            }
            Identities {
                fn linked_user(tenant: &TenantId, connection: &ConnectionId, name_id: &NameId) -> Option<UserId>;
                fn linked_names(tenant: &TenantId, connection: &ConnectionId, user: &UserId) -> Vec<NameId>;
                fn link(tenant: &TenantId, connection: &ConnectionId, name_id: &NameId, user: &UserId, alone: Alone) -> Written;
                fn provisioned(tenant: &TenantId, connection: &ConnectionId, kind: &str, id: &str) -> Option<Provisioned>;
                fn find_provisioned(tenant: &TenantId, connection: &ConnectionId, kind: &str, external_id: &str) -> Option<String>;
                fn set_provisioned(tenant: &TenantId, connection: &ConnectionId, kind: &str, id: &str, provisioned: &Provisioned) -> Written;
                fn forget_provisioned(tenant: &TenantId, kind: &str, id: &str) -> ();
                fn unlink_user(tenant: &TenantId, user: &UserId) -> ();
            }
            Sessions {
                fn create_session(tenant: &TenantId, session: &SessionRecord) -> ();
                fn session(key: &SecretHash, now: Timestamp) -> Option<SessionRecord>;
                fn touch_session(key: &SecretHash, now: Timestamp) -> ();
                fn end_session(key: &SecretHash) -> bool;
                fn end_sessions_of(tenant: &TenantId, user: &UserId) -> u64;
                fn sweep_sessions(now: Timestamp) -> u64;
            }
        }
    };
}

macro_rules! audit_of_a_store {
    ($callback:ident $($ahead:tt)*) => {
        $callback! { $($ahead)*
            Audit {
                fn record(event: &AuditEvent) -> ();
                fn audit_events(tenant: Option<&TenantId>, limit: usize) -> Vec<AuditEvent>;
                fn audit_log(tenant: Option<&TenantId>, after: Option<u64>, limit: usize) -> Vec<(u64, AuditEvent)>;
                fn sweep_audit(before: Timestamp) -> u64;
                fn erase_audit(tenant: &TenantId, user: &UserId, names: &[String]) -> u64;
            }
        }
    };
}

macro_rules! outbox_of_a_store {
    ($callback:ident $($ahead:tt)*) => {
        $callback! { $($ahead)*
            Outbox {
                fn claim_events(limit: usize, lease: Duration, now: Timestamp) -> Vec<ClaimedEvent>;
                fn claim_event(id: &EventId, lease: Duration, now: Timestamp) -> Option<ClaimedEvent>;
                fn event_delivered(id: &EventId) -> ();
                fn event_failed(id: &EventId, attempt: u32, until: Timestamp) -> ();
                fn event_dead(id: &EventId, attempt: u32, now: Timestamp) -> ();
                fn dead_events(tenant: Option<&TenantId>, after: Option<&EventId>, limit: usize) -> Vec<DeadEvent>;
                fn retry_event(id: &EventId) -> Written;
                fn discard_event(id: &EventId) -> Written;
                fn events(tenant: Option<&TenantId>, after: Option<&EventId>, limit: usize) -> Vec<QueuedEvent>;
                fn sweep_events(before: Timestamp) -> u64;
                fn erase_events(tenant: &TenantId, user: &UserId) -> u64;
            }
        }
    };
}

/// Makes the traits of a list for a store that hands each call on to the one in a field of it.
macro_rules! hand_on {
    ($store:ident $field:tt $($trait:ident { $(fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $output:ty;)* })*) => {
        $(impl $trait for $store {
            $(async fn $name(&self, $($argument: $type),*) -> Result<$output, StoreError> {
                self.$field.$name($($argument),*).await
            })*
        })*
    };
}

pub(crate) use {
    audit_of_a_store, hand_on, logins_of_a_store, outbox_of_a_store, people_of_a_store, rest_of_a_store,
    whole_of_a_store,
};
