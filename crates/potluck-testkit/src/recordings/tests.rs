use super::*;

#[test]
fn every_recording_is_read() {
    let Some(recordings) = load().unwrap().or_skip("every_recording_is_read") else { return };
    assert_eq!(recordings.len(), 2_004);
    let streams = recordings.iter().filter(|r| matches!(r.response.body, RecordedBody::Sse(_)));
    assert_eq!(streams.count(), 666);
    for recording in &recordings {
        let sizes = &recording.response.chunk_sizes;
        let length = recording.response.body.bytes().len();
        assert!(sizes.is_empty() || sizes.iter().sum::<usize>() == length, "{}", recording.name);
    }
}

#[test]
fn a_missing_folder_is_absent_and_no_error() {
    let folder = Path::new("no-such-folder");
    assert!(matches!(load_from(folder).unwrap(), Recordings::Absent(_)));
}
