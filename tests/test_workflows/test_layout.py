"""Layout of the package and its tests: mirrored folders, imports downward."""
import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / 'projects/dstransnet'
TESTS = ROOT / 'tests'

# Parts import from their own line and from those above it.
LAYERS = (
    ('registry', 'utils', 'version'),
    ('checkpoint', 'imaging'),
    ('models', 'evaluation', 'detectors'),
    ('datasets', 'deployment'),
    ('visualization', ),
    ('inference', ),
    ('engine', 'web'),
    ('profiling', 'cli'),
    ('benchmarking', ),
    ('framework', ),
)

# Modules, or folders of them, without test files of their own, and where they
# are tested.
DEFORM_CONV = 'test_models/test_layers/test_deform_conv/'
TOOLS = 'test_workflows/test_security/test_entry_points.py'
TESTED_ELSEWHERE = {
    'registry.py': 'test_datasets/test_transforms/test_loading.py',
    'version.py': 'test_cli/test_main.py',
    'cli/commands/bench.py':
        'test_tools/test_analysis_tools/test_benchmark.py',
    'cli/commands/evaluate.py': 'test_tools/test_test.py',
    'cli/commands/export.py': 'test_tools/test_deployment/test_export.py',
    'cli/commands/info.py': 'test_cli/test_main.py',
    'cli/commands/predict.py': 'test_tools/test_predict.py',
    'cli/commands/train.py': 'test_tools/test_train.py',
    'cli/commands/web.py': 'test_web/test_page.py',
    'models/networks/': 'test_models/test_networks/test_registry_goldens.py',
    'datasets/caching/shared_store.py':
        'test_datasets/test_caching/test_cached_loading.py',
    'deployment/export_formats.py': 'test_deployment/test_export.py',
    'deployment/exported_network.py': 'test_deployment/test_export.py',
    'deployment/exported_file.py':
        'test_deployment/test_exported_segmentor.py',
    'engine/optim/mixed_precision.py': 'test_cli/test_amp_option.py',
    'evaluation/external/detection_formats.py':
        'test_evaluation/test_external/test_detection_files.py',
    'evaluation/scene.py': 'test_evaluation/test_measures.py',
    'imaging/npy_files.py': 'test_imaging/test_full_depth_reading.py',
    'imaging/raw_frames.py': 'test_imaging/test_full_depth_reading.py',
    'models/layers/numba_kernels.py': DEFORM_CONV + 'test_numba_operator.py',
    'models/layers/numba_threads.py': DEFORM_CONV + 'test_numba_operator.py',
    'models/layers/deform_conv/triton_kernels.py':
        DEFORM_CONV + 'test_triton_operator.py',
    'visualization/colours.py': 'test_visualization/test_curves.py',
    'visualization/curve_axes.py': 'test_visualization/test_curves.py',
    'tools/analysis_tools/leaderboard.py':
        'test_benchmarking/test_leaderboard.py',
    'tools/model_converters/official_to_mmseg.py': TOOLS,
    'tools/model_converters/publish_weights.py': TOOLS,
    'tools/studies/draw_augmentations.py': TOOLS,
    'tools/studies/draw_paper_examples.py': TOOLS,
    'tools/studies/draw_scenes.py': TOOLS,
}
# Test files of no module, and what they test.
OF_NO_MODULE = {
    'test_tools/test_studies/test_figures.py': 'figures with their tools',
}


def modules() -> dict[str, Path]:
    """Return the path of a test file for each module and tool."""
    return {
        str(path.relative_to(PACKAGE if root is PACKAGE else ROOT)):
            tests.joinpath(*(f'test_{part}' for part in
                             path.relative_to(root).with_suffix('').parts))
        for root, tests in ((PACKAGE, TESTS),
                            (ROOT / 'tools', TESTS / 'test_tools'))
        for path in root.rglob('*.py') if path.name != '__init__.py'
    }


def has_tests(path: Path) -> bool:
    """Tell whether there is ``path.py`` or ``path_<aspect>.py``."""
    return path.with_suffix('.py').exists() or any(
        path.parent.glob(f'{path.name}_*.py'))


def test_every_module_has_a_test_file():
    missing = [name for name, path in modules().items()
               if not has_tests(path)
               and not name.startswith(tuple(TESTED_ELSEWHERE))]
    assert sorted(missing) == []
    assert [name for name, tests in TESTED_ELSEWHERE.items()
            if not (TESTS / tests).exists()] == []


def test_every_test_file_has_a_module():
    known = set(modules().values())
    lone = {
        str(path.relative_to(TESTS)) for path in TESTS.rglob('test_*.py')
        if path.parent.name != 'test_workflows'
        and 'test_workflows' not in path.parts
        and not any(path.parent == own.parent
                    and f'{path.stem}_'.startswith(f'{own.name}_')
                    for own in known)
    }
    assert sorted(lone - set(OF_NO_MODULE)) == []


def imported_parts(path: Path) -> list[str]:
    """Return the folders of the package that a module imports from."""
    package = path.relative_to(PACKAGE).parent.parts
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.ImportFrom):
            continue
        parts = (node.module or '').split('.')
        if node.level:
            above = package[:len(package) - node.level + 1]
            parts = [*above, *filter(None, parts)]
        elif parts[:2] == ['projects', 'dstransnet']:
            parts = parts[2:]
        else:
            continue
        names += parts[:1] or [alias.name for alias in node.names]
    return names


def test_imports_go_downward():
    level = {name: number for number, names in enumerate(LAYERS)
             for name in names}
    upward = []
    for path in PACKAGE.rglob('*.py'):
        own = path.relative_to(PACKAGE).with_suffix('').parts[0]
        if own != '__init__':
            upward += [f'{path.relative_to(PACKAGE)} imports {name}'
                       for name in imported_parts(path)
                       if level[name] > level[own]]
    assert sorted(upward) == []
