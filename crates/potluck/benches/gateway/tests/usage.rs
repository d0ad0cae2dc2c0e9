//! CPU time and memory, of this very process.

use std::time::{Duration, Instant};

use crate::usage::{Clock, Meter, TICK, family, resident_mib, stat};

#[test]
fn work_of_this_process_is_seen() {
    let pids = [std::process::id()];
    let meter = Meter::start(&pids, pids[0]).unwrap();
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(200) {
        std::hint::black_box(0);
    }
    let spent = meter.stop().unwrap();
    assert!(spent.cpu > Duration::from_millis(20), "{spent:?}");
}

#[test]
fn a_process_has_memory_and_belongs_to_its_parents_family() {
    let pid = std::process::id();
    assert!(resident_mib(&[pid]).unwrap() > 0.5);
    let parent = u32::try_from(stat(pid).unwrap()[0]).unwrap();
    assert!(family(parent).unwrap().contains(&pid));
}

#[test]
fn a_thread_that_ended_makes_ticks_count() {
    let clock = |threads: &[(u64, u64)], ticks| Clock {
        threads: threads.iter().map(|(id, ns)| (*id, Duration::from_nanos(*ns))).collect(),
        ticks: TICK * ticks,
    };
    let before = clock(&[(1, 100), (2, 50)], 5);
    assert_eq!(clock(&[(1, 300), (2, 60), (3, 7)], 6).since(&before).as_nanos(), 217);
    assert_eq!(clock(&[(1, 300)], 6).since(&before), TICK);
}
