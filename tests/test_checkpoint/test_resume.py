import os

import pytest
import torch
from helpers.forked_ranks import group, on_ranks

from projects.dstransnet.checkpoint.resume import (
    check_same_checkpoint,
    find_checkpoint,
    read_pointer,
    write_pointer,
)
from projects.dstransnet.utils.errors import InputError

HOUR = 3600


@pytest.fixture
def save(tmp_path):
    """Return a function that saves a checkpoint of some age."""
    def save(name: str, age: float = 0, folder=tmp_path):
        path = folder / name
        folder.mkdir(exist_ok=True)
        torch.save(
            dict(meta=dict(epoch=1, iter=9), state_dict=dict(w=torch.ones(9)),
                 message_hub={}),
            path)
        os.utime(path, (1e9 - age * HOUR, ) * 2)
        return path

    return save


def unexpected(message: str) -> None:
    raise AssertionError(message)


def find(folder, warn=unexpected) -> str | None:
    return find_checkpoint(str(folder), warn)


def found(folder, warn=unexpected) -> str | None:
    path = find(folder, warn)
    return path and os.path.basename(path)


def test_nothing_saved(tmp_path):
    assert find(str(tmp_path / 'none')) is None
    assert found(tmp_path) is None
    (tmp_path / 'last_checkpoint').write_text('')
    (tmp_path / 'best_score_epoch_3.pth').write_text('never resumed from')
    assert found(tmp_path) is None


@pytest.mark.parametrize('noted', ['epoch_2.pth', '/gone/run/epoch_2.pth',
                                   r'C:\gone\run\epoch_2.pth',
                                   'epoch_2.pth\n'])
def test_the_noted_one(save, tmp_path, noted):
    save('epoch_1.pth', 2)
    save('epoch_2.pth', 1)
    (tmp_path / 'last_checkpoint').write_text(noted)
    assert find(str(tmp_path)) == str(tmp_path / 'epoch_2.pth')


def test_a_copy_does_not_reach_for_the_original(save, tmp_path):
    original = save('epoch_2.pth', folder=tmp_path / 'original')
    copied = save('epoch_2.pth', folder=tmp_path / 'copy')
    for folder in ('original', 'copy'):  # as mmengine notes them
        (tmp_path / folder / 'last_checkpoint').write_text(str(original))
    assert find(str(tmp_path / 'copy')) == str(copied)
    copied.unlink()
    assert find(str(tmp_path / 'copy')) == str(original)


@pytest.mark.parametrize('noted', [
    None, '', 'epoch_7.pth', '\0\xff', '.', '..', '/gone/..', '../', '/'])
def test_without_a_usable_note_the_newest_counts(save, tmp_path, noted):
    save('iter_900.pth', 3)
    save('iter_1000.pth', 2)
    save('best_odd_iter_1000.pth', 0)
    save('iter_1000-0a1b2c3d.pth', 0)
    if noted is not None:
        (tmp_path / 'last_checkpoint').write_text(noted)
    assert found(tmp_path) == 'iter_1000.pth'


def test_one_that_was_completed_but_not_noted(save, tmp_path):
    save('epoch_2.pth', 2)
    save('epoch_3.pth', 1)
    (tmp_path / 'last_checkpoint').write_text('epoch_2.pth')
    assert found(tmp_path) == 'epoch_3.pth'


def test_leftovers_of_a_longer_older_run_are_not_newer(save, tmp_path):
    save('epoch_40.pth', 5)
    save('epoch_1.pth', 2)
    newest = save('epoch_2.pth', 1)
    (tmp_path / 'last_checkpoint').write_text('epoch_2.pth')
    assert found(tmp_path) == 'epoch_2.pth'
    newest.write_bytes(b'')
    assert found(tmp_path, str) == 'epoch_1.pth'


@pytest.mark.parametrize('damage', [
    lambda content: b'',
    lambda content: content[:100],
    lambda content: content[:len(content) // 2],
    lambda content: content[:-1],
    lambda content: bytes(len(content)),
    lambda content: content.replace(b'\0\0\x80\x3f', b'\0\0\x80\x40', 1),
], ids=['empty', 'start', 'half', 'last byte', 'zeros', 'one bit'])
def test_a_damaged_one_is_named_and_the_one_before_taken(
        save, tmp_path, damage):
    save('epoch_1.pth', 2)
    newest = save('epoch_2.pth', 1)
    newest.write_bytes(damage(newest.read_bytes()))
    (tmp_path / 'last_checkpoint').write_text('epoch_2.pth')
    warned = []
    assert found(tmp_path, warned.append) == 'epoch_1.pth'
    (message, ) = warned
    assert message.startswith(f'{newest} cannot be resumed from')


@pytest.mark.parametrize('error', [
    MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")])
def test_too_little_memory_is_no_damage(save, tmp_path, monkeypatch, error):
    save('epoch_1.pth', 2)
    newest = save('epoch_2.pth', 1)

    def read(*arguments, **options):
        raise error

    monkeypatch.setattr(torch, 'load', read)
    with pytest.raises(OSError, match='not enough memory .*epoch_2.pth'):
        found(tmp_path)
    # A damaged file can ask for any amount.
    newest.write_bytes(newest.read_bytes()[:-1])
    warned = []
    with pytest.raises(OSError, match='not enough memory .*epoch_1.pth'):
        found(tmp_path, warned.append)
    assert len(warned) == 1


def test_no_changed_byte_is_another_error(save, tmp_path):
    """The list of what a file holds, at its end, is damaged as well."""
    save('epoch_1.pth', 2)
    newest = save('epoch_2.pth', 1)
    content = newest.read_bytes()
    taken = set()
    for place in (*range(0, len(content), 11), *range(-70, 0)):
        changed = bytearray(content)
        changed[place] ^= 0x9f
        newest.write_bytes(changed)
        os.utime(newest, (1e9 - HOUR, ) * 2)
        taken.add(found(tmp_path, str))
    assert taken == {'epoch_1.pth', 'epoch_2.pth'}  # some bytes are padding


COUNTS = 'does not say in meta how far'


@pytest.mark.parametrize('checkpoint, message', [
    (dict(state_dict={}), 'lacks meta, message_hub'),
    *((dict(meta=meta, state_dict={}, message_hub={}), COUNTS) for meta in (
        {}, None, dict(epoch=3), dict(iter=3), dict(epoch='3', iter=3),
        dict(epoch=3, iter=None)))])
def test_what_is_no_training_checkpoint_is_not_resumed_from(
        save, tmp_path, checkpoint, message):
    save('epoch_1.pth', 2)
    torch.save(checkpoint, tmp_path / 'epoch_2.pth')
    warned = []
    assert found(tmp_path, warned.append) == 'epoch_1.pth'
    assert f'epoch_2.pth {message}' in warned[0]


@pytest.mark.parametrize('noted', [None, 'epoch_3.pth'])
def test_a_link_to_nothing_is_named_and_the_one_before_taken(
        save, tmp_path, noted):
    save('epoch_2.pth')
    (tmp_path / 'epoch_3.pth').symlink_to(tmp_path / 'gone')
    if noted is not None:
        (tmp_path / 'last_checkpoint').write_text(noted)
    warned = []
    assert found(tmp_path, warned.append) == 'epoch_2.pth'
    assert 'epoch_3.pth cannot be resumed from' in warned[0]
    (tmp_path / 'epoch_2.pth').unlink()
    with pytest.raises(InputError, match='none of the 1 checkpoints'):
        found(tmp_path, str)


def test_none_that_can_be_read(save, tmp_path):
    for number in (1, 2):
        save(f'epoch_{number}.pth', -number).write_bytes(b'damaged')
    with pytest.raises(InputError, match='none of the 2 checkpoints in .*'
                       r'newest: .*epoch_2\.pth.*start from scratch'):
        find(str(tmp_path), str)


def test_what_cannot_be_opened_is_an_error(save, tmp_path, monkeypatch):
    def refuse(*arguments, **options):
        raise PermissionError(13, 'Permission denied')

    save('epoch_1.pth')
    monkeypatch.setattr(torch, 'load', refuse)
    with pytest.raises(PermissionError):
        find(str(tmp_path))


def test_notes_are_relative_inside_the_work_folder(tmp_path, monkeypatch):
    work_dir, note = tmp_path / 'run', tmp_path / 'run' / 'last_checkpoint'
    monkeypatch.chdir(tmp_path)
    write_pointer('run', 'run/epoch_1.pth')
    assert note.read_text() == 'epoch_1.pth'
    write_pointer(str(work_dir), str(work_dir / 'epoch_2.pth'))
    assert note.read_text() == 'epoch_2.pth'
    write_pointer('run', 'elsewhere/epoch_3.pth')
    assert note.read_text() == str(tmp_path / 'elsewhere' / 'epoch_3.pth')
    write_pointer('run', 's3://bucket/run/epoch_4.pth')
    assert read_pointer('run') == find('run') == \
        's3://bucket/run/epoch_4.pth'


def test_checkpoints_in_a_folder_of_their_own(save, tmp_path):
    """CheckpointHook's out_dir."""
    save('epoch_1.pth', 2, tmp_path / 'out')
    newest = save('epoch_2.pth', 1, tmp_path / 'out')
    (tmp_path / 'run').mkdir()
    write_pointer(str(tmp_path / 'run'), str(newest))
    assert found(tmp_path / 'run') == 'epoch_2.pth'
    newest.write_bytes(b'')
    assert found(tmp_path / 'run', str) == 'epoch_1.pth'


def test_an_older_run_beside_the_note_of_such_a_folder(save, tmp_path):
    save('epoch_5.pth', 2, tmp_path / 'run')
    newest = save('epoch_5.pth', 1, tmp_path / 'out')
    write_pointer(str(tmp_path / 'run'), str(newest))
    assert find(str(tmp_path / 'run')) == str(newest)


@group
def _found(paths) -> str | None:
    try:
        check_same_checkpoint(paths[torch.distributed.get_rank()])
    except InputError as error:
        return str(error)


def test_all_processes_have_to_find_the_same():
    """One machine has the work folder, the other has one of its own."""
    check_same_checkpoint('run/epoch_1.pth')
    assert on_ranks(2, _found, ['run/epoch_1.pth'] * 2) == [None, None]
    first, second = on_ranks(2, _found, ['run/epoch_1.pth', None])
    assert first == second
    assert 'run/epoch_1.pth, None; all machines need the same work' in first
