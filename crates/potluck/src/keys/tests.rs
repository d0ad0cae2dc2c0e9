use std::path::PathBuf;
use std::time::Duration;

use super::*;

const NOW: Moment = Moment::from_millis(1_800_000_000_000);

/// A path in a folder of its own, which goes with it.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("potluck-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.join("potluck.keys.db")
    }

    fn open(&self) -> Keys {
        let keys = Keys::default();
        keys.open(&self.file(), NOW).unwrap();
        keys
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn draft(name: &str) -> Draft {
    Draft { name: name.to_owned(), ..Draft::default() }
}

fn admin(name: &str) -> Draft {
    Draft { admin: true, ..draft(name) }
}

fn create(keys: &Keys, draft: Draft) -> Result<(Arc<Holder>, Secret), KeysError> {
    keys.create(draft, &["coder".to_owned()], false, NOW)
}

#[test]
fn a_key_is_found_by_its_secret_and_by_nothing_else() {
    let keys = Keys::default();
    let (one, secret) = create(&keys, admin("one")).unwrap();
    let (_, other) = create(&keys, draft("two")).unwrap();
    assert!(secret.expose().len() >= 3 + 40 && secret.expose().starts_with("pk-"));
    assert_ne!(secret.expose(), other.expose());
    assert_eq!(keys.find(secret.expose()).unwrap().key, one.key);
    let hash: String = one.key.hash.iter().map(|byte| format!("{byte:02x}")).collect();
    for near in ["", "pk-", &one.key.id, &one.key.prefix, &secret.expose()[1..], &hash] {
        assert!(keys.find(near).is_none(), "{near}");
    }
}

#[test]
fn what_was_made_and_revoked_is_so_after_a_restart_and_the_secret_is_nowhere() {
    let place = Place::new();
    let keys = place.open();
    let wish = Draft {
        expires: Some("30d".to_owned()),
        priority: Some("batch".to_owned()),
        pools: vec!["coder".to_owned()],
        models: vec!["groq/*".to_owned()],
        privacy: Some("no-training".to_owned()),
        limits: LimitsDraft { requests_per_minute: Some(5), ..LimitsDraft::default() },
        ..admin("mine")
    };
    let (made, secret) = create(&keys, wish).unwrap();
    let (gone, _) = create(&keys, draft("gone")).unwrap();
    keys.revoke("gone", false, NOW).unwrap();
    drop(keys);
    let again = place.open();
    assert_eq!(again.find(secret.expose()).unwrap().key, made.key);
    let revoked = again.by_id(&gone.key.id).unwrap();
    assert_eq!(revoked.key.standing(NOW), Standing::Revoked(NOW));
    let later = NOW.after(Duration::from_hours(24 * 30));
    assert_eq!(made.key.standing(later), Standing::Expired(later));
    drop(again);
    for entry in std::fs::read_dir(&place.0).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let random = secret.expose().strip_prefix(&made.key.prefix).unwrap().as_bytes();
        assert!(!bytes.windows(random.len()).any(|window| window == random));
    }
}

#[cfg(unix)]
#[test]
fn the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    std::fs::write(place.file(), b"").unwrap();
    std::fs::set_permissions(place.file(), std::fs::Permissions::from_mode(0o644)).unwrap();
    let keys = place.open();
    create(&keys, admin("mine")).unwrap();
    for entry in std::fs::read_dir(&place.0).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?}", entry.path());
    }
}

#[test]
fn a_damaged_file_opens_no_door() {
    let place = Place::new();
    std::fs::write(place.file(), b"this was a database once".repeat(400)).unwrap();
    let refused = Keys::default().open(&place.file(), NOW).unwrap_err();
    assert!(matches!(refused, OpenError::Unusable { .. }), "{refused}");
    assert!(place.file().exists(), "it is not set aside");
}

#[test]
fn somebody_can_always_manage_keys() {
    let keys = Keys::default();
    assert!(matches!(create(&keys, draft("app")), Err(KeysError::AdminFirst)));
    assert!(keys.create(draft("app"), &[], true, NOW).is_ok(), "the settings have one");
    let keys = Keys::default();
    create(&keys, admin("first")).unwrap();
    create(&keys, draft("app")).unwrap();
    assert!(matches!(keys.revoke("first", false, NOW), Err(KeysError::LastAdmin(_))));
    create(&keys, admin("second")).unwrap();
    keys.revoke("first", false, NOW).unwrap();
    assert!(matches!(keys.revoke("nobody", false, NOW), Err(KeysError::Unknown(_))));
}

#[test]
fn a_name_is_free_again_once_its_key_is_revoked() {
    let keys = Keys::default();
    create(&keys, admin("me")).unwrap();
    create(&keys, draft("app")).unwrap();
    assert!(matches!(create(&keys, draft("app")), Err(KeysError::Taken(_))));
    let first = keys.revoke("app", false, NOW).unwrap();
    let (second, _) = create(&keys, draft("app")).unwrap();
    assert_ne!(first.key.id, second.key.id);
    assert_eq!(keys.revoke("app", false, NOW).unwrap().key.id, second.key.id);
}

#[test]
fn what_is_wrong_with_a_wish_is_told() {
    let keys = Keys::default();
    let told = |wish: Draft| create(&keys, wish).unwrap_err().to_string();
    let cases = [
        (admin(" "), "`name` has to be 1 to 64"),
        (admin("pk-0123"), "`name` begins like an id or a key"),
        (Draft { expires: Some("soon".into()), ..admin("a") }, "such as 90m, 12h, 30d"),
        (Draft { expires: Some("2001-01-01T00:00:00Z".into()), ..admin("a") }, "has passed"),
        (Draft { priority: Some("high".into()), ..admin("a") }, "interactive or batch"),
        (Draft { privacy: Some("none".into()), ..admin("a") }, "no-training, or nothing"),
        (Draft { pools: vec!["codre".into()], ..admin("a") }, "the settings define coder"),
        (Draft { models: vec![String::new()], ..admin("a") }, "`models` has to be a list"),
    ];
    for (wish, wanted) in cases {
        let told = told(wish);
        assert!(told.contains(wanted), "{told}");
    }
    let limits = LimitsDraft { tokens_per_day: Some(0), ..LimitsDraft::default() };
    assert!(told(Draft { limits, ..admin("a") }).contains("limits.tokens_per_day"));
    assert!(keys.is_empty());
}

#[test]
fn a_session_ends_and_is_told_from_any_other() {
    let sessions = Sessions::default();
    let (token, session) = sessions.open(By::Settings, NOW).unwrap();
    assert!(session.matches(session.csrf.as_bytes()) && !session.matches(b"open"));
    assert_eq!(sessions.find(&token, NOW).map(|found| found.csrf), Some(session.csrf));
    assert!(sessions.find(&token[1..], NOW).is_none());
    assert!(sessions.find(&token, NOW.after(Sessions::LENGTH)).is_none());
    for _ in 0..300 {
        sessions.open(By::Settings, NOW.after(Duration::from_secs(1))).unwrap();
    }
    assert!(sessions.find(&token, NOW).is_none(), "the first made room");
    let (token, _) = sessions.open(By::Settings, NOW).unwrap();
    sessions.close(&token);
    assert!(sessions.find(&token, NOW).is_none());
}
