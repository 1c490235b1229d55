"""tools/studies/profile_networks.py on small networks."""
from helpers.tiny_project import ROOT, call_tool


def test_a_row_a_model(project):
    top_hat = ROOT / 'configs/classical/top-hat_sirst-256x256.py'
    done = call_tool('studies/profile_networks.py', project.config, top_hat,
                     'missing.py', '--sizes', 32, '--repeats', 1)
    assert done.returncode == 1
    assert 'error: missing: ' in done.stderr
    head, _, network, classical = [
        line for line in done.stdout.splitlines() if line.startswith('|')]
    assert head == '| config | parameters 1e6 | MACs 1e9 at 32 | ms at 32 |'
    assert float(network.split('|')[4]) > 0
    assert classical.startswith('| top-hat_sirst-256x256 | 0.000 |  | ')
    assert 'Product: ' in done.stdout
