"""Every agent framework, one trace and one agent interface.

    import spanloom
    spanloom.autolog()              # trace every supported framework, installed now or imported later
    agent = spanloom.wrap(my_agent) # any native agent as a ResponsesAgent

This module is a lazy facade: a name is imported when it is first touched, so `import spanloom` itself loads no
third-party package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanloom.facade import lazy_attributes

if TYPE_CHECKING:
    from spanloom import evaluation as evaluation
    from spanloom import models as models
    from spanloom.agents import ChatAgent as ChatAgent
    from spanloom.agents import ChatModel as ChatModel
    from spanloom.agents import PythonModel as PythonModel
    from spanloom.agents import ResponsesAgent as ResponsesAgent
    from spanloom.agents import wrap as wrap
    from spanloom.cassettes import Replay as Replay
    from spanloom.cassettes import ReplayError as ReplayError
    from spanloom.cassettes import record as record
    from spanloom.cassettes import replay as replay
    from spanloom.evaluation import EvaluationResult as EvaluationResult
    from spanloom.evaluation import Scorer as Scorer
    from spanloom.evaluation import evaluate as evaluate
    from spanloom.evaluation import scorer as scorer
    from spanloom.evaluation.datasets import EvaluationDataset as EvaluationDataset
    from spanloom.evaluation.datasets import add_dataset_to_experiments as add_dataset_to_experiments
    from spanloom.evaluation.datasets import create_dataset as create_dataset
    from spanloom.evaluation.datasets import delete_dataset as delete_dataset
    from spanloom.evaluation.datasets import delete_dataset_tag as delete_dataset_tag
    from spanloom.evaluation.datasets import get_dataset as get_dataset
    from spanloom.evaluation.datasets import remove_dataset_from_experiments as remove_dataset_from_experiments
    from spanloom.evaluation.datasets import search_datasets as search_datasets
    from spanloom.evaluation.datasets import set_dataset_tags as set_dataset_tags
    from spanloom.instrument import autolog as autolog
    from spanloom.models import get_logged_model as get_logged_model
    from spanloom.models import register_model as register_model
    from spanloom.models import search_logged_models as search_logged_models
    from spanloom.models import search_model_versions as search_model_versions
    from spanloom.models import search_registered_models as search_registered_models
    from spanloom.models import set_model_version_tag as set_model_version_tag
    from spanloom.prompts import Prompt as Prompt
    from spanloom.prompts import PromptModelConfig as PromptModelConfig
    from spanloom.prompts import PromptVersion as PromptVersion
    from spanloom.prompts import delete_prompt as delete_prompt
    from spanloom.prompts import delete_prompt_alias as delete_prompt_alias
    from spanloom.prompts import delete_prompt_tag as delete_prompt_tag
    from spanloom.prompts import delete_prompt_version as delete_prompt_version
    from spanloom.prompts import delete_prompt_version_tag as delete_prompt_version_tag
    from spanloom.prompts import export_prompts as export_prompts
    from spanloom.prompts import get_prompt as get_prompt
    from spanloom.prompts import get_prompt_tags as get_prompt_tags
    from spanloom.prompts import import_prompts as import_prompts
    from spanloom.prompts import load_prompt as load_prompt
    from spanloom.prompts import register_prompt as register_prompt
    from spanloom.prompts import search_prompt_versions as search_prompt_versions
    from spanloom.prompts import search_prompts as search_prompts
    from spanloom.prompts import set_prompt_alias as set_prompt_alias
    from spanloom.prompts import set_prompt_tag as set_prompt_tag
    from spanloom.prompts import set_prompt_version_tag as set_prompt_version_tag
    from spanloom.tracing import API_KEYS as API_KEYS
    from spanloom.tracing import CREDIT_CARDS as CREDIT_CARDS
    from spanloom.tracing import EMAILS as EMAILS
    from spanloom.tracing import Assessment as Assessment
    from spanloom.tracing import AssessmentError as AssessmentError
    from spanloom.tracing import AssessmentSource as AssessmentSource
    from spanloom.tracing import AssessmentSourceType as AssessmentSourceType
    from spanloom.tracing import Expectation as Expectation
    from spanloom.tracing import Experiment as Experiment
    from spanloom.tracing import Feedback as Feedback
    from spanloom.tracing import Span as Span
    from spanloom.tracing import SpanStatus as SpanStatus
    from spanloom.tracing import SpanType as SpanType
    from spanloom.tracing import Statistics as Statistics
    from spanloom.tracing import TokenUsage as TokenUsage
    from spanloom.tracing import Trace as Trace
    from spanloom.tracing import TraceData as TraceData
    from spanloom.tracing import TraceInfo as TraceInfo
    from spanloom.tracing import TraceList as TraceList
    from spanloom.tracing import configure as configure
    from spanloom.tracing import delete_assessment as delete_assessment
    from spanloom.tracing import delete_trace_tag as delete_trace_tag
    from spanloom.tracing import delete_traces as delete_traces
    from spanloom.tracing import export_traces as export_traces
    from spanloom.tracing import flush as flush
    from spanloom.tracing import get_assessment as get_assessment
    from spanloom.tracing import get_current_active_span as get_current_active_span
    from spanloom.tracing import get_last_active_trace_id as get_last_active_trace_id
    from spanloom.tracing import get_statistics as get_statistics
    from spanloom.tracing import get_trace as get_trace
    from spanloom.tracing import (
        get_tracing_context_headers_for_http_request as get_tracing_context_headers_for_http_request,
    )
    from spanloom.tracing import import_traces as import_traces
    from spanloom.tracing import log_assessment as log_assessment
    from spanloom.tracing import log_expectation as log_expectation
    from spanloom.tracing import log_feedback as log_feedback
    from spanloom.tracing import search_traces as search_traces
    from spanloom.tracing import set_experiment as set_experiment
    from spanloom.tracing import set_trace_tag as set_trace_tag
    from spanloom.tracing import (
        set_tracing_context_from_http_request_headers as set_tracing_context_from_http_request_headers,
    )
    from spanloom.tracing import start_span as start_span
    from spanloom.tracing import start_span_no_context as start_span_no_context
    from spanloom.tracing import trace as trace
    from spanloom.tracing import tracing_context as tracing_context
    from spanloom.tracing import tracing_disabled as tracing_disabled
    from spanloom.tracing import update_assessment as update_assessment
    from spanloom.tracing import update_current_trace as update_current_trace
    from spanloom.tracking import ActiveRun as ActiveRun
    from spanloom.tracking import Run as Run
    from spanloom.tracking import active_run as active_run
    from spanloom.tracking import artifacts as artifacts
    from spanloom.tracking import create_experiment as create_experiment
    from spanloom.tracking import delete_run as delete_run
    from spanloom.tracking import delete_tag as delete_tag
    from spanloom.tracking import end_run as end_run
    from spanloom.tracking import get_artifact_uri as get_artifact_uri
    from spanloom.tracking import get_experiment as get_experiment
    from spanloom.tracking import get_experiment_by_name as get_experiment_by_name
    from spanloom.tracking import get_metric_history as get_metric_history
    from spanloom.tracking import get_parent_run as get_parent_run
    from spanloom.tracking import get_run as get_run
    from spanloom.tracking import last_active_run as last_active_run
    from spanloom.tracking import load_table as load_table
    from spanloom.tracking import log_artifact as log_artifact
    from spanloom.tracking import log_artifacts as log_artifacts
    from spanloom.tracking import log_dict as log_dict
    from spanloom.tracking import log_metric as log_metric
    from spanloom.tracking import log_metrics as log_metrics
    from spanloom.tracking import log_param as log_param
    from spanloom.tracking import log_params as log_params
    from spanloom.tracking import log_table as log_table
    from spanloom.tracking import log_text as log_text
    from spanloom.tracking import search_runs as search_runs
    from spanloom.tracking import set_tag as set_tag
    from spanloom.tracking import set_tags as set_tags
    from spanloom.tracking import start_run as start_run

    genai = evaluation

__version__ = "0.1.0"

_HOMES = {
    **dict.fromkeys(("EvaluationResult", "Scorer", "evaluate", "scorer"), "spanloom.evaluation"),
    "evaluation": "spanloom.evaluation",
    "genai": "spanloom.evaluation:",
    **dict.fromkeys(
        (
            "EvaluationDataset",
            "add_dataset_to_experiments",
            "create_dataset",
            "delete_dataset",
            "delete_dataset_tag",
            "get_dataset",
            "remove_dataset_from_experiments",
            "search_datasets",
            "set_dataset_tags",
        ),
        "spanloom.evaluation.datasets",
    ),
    "autolog": "spanloom.instrument",
    **dict.fromkeys(("Replay", "ReplayError", "record", "replay"), "spanloom.cassettes"),
    **dict.fromkeys(
        (
            "get_logged_model",
            "register_model",
            "search_logged_models",
            "search_model_versions",
            "search_registered_models",
            "set_model_version_tag",
        ),
        "spanloom.models",
    ),
    **dict.fromkeys(
        (
            "Prompt",
            "PromptModelConfig",
            "PromptVersion",
            "delete_prompt",
            "delete_prompt_alias",
            "delete_prompt_tag",
            "delete_prompt_version",
            "delete_prompt_version_tag",
            "export_prompts",
            "get_prompt",
            "get_prompt_tags",
            "import_prompts",
            "load_prompt",
            "register_prompt",
            "search_prompt_versions",
            "search_prompts",
            "set_prompt_alias",
            "set_prompt_tag",
            "set_prompt_version_tag",
        ),
        "spanloom.prompts",
    ),
    **dict.fromkeys(("ChatAgent", "ChatModel", "PythonModel", "ResponsesAgent", "wrap"), "spanloom.agents"),
    **dict.fromkeys(
        (
            "API_KEYS",
            "Assessment",
            "AssessmentError",
            "AssessmentSource",
            "AssessmentSourceType",
            "CREDIT_CARDS",
            "EMAILS",
            "Expectation",
            "Experiment",
            "Feedback",
            "Span",
            "SpanStatus",
            "SpanType",
            "Statistics",
            "TokenUsage",
            "Trace",
            "TraceData",
            "TraceInfo",
            "TraceList",
            "configure",
            "delete_assessment",
            "delete_trace_tag",
            "delete_traces",
            "export_traces",
            "flush",
            "get_assessment",
            "get_current_active_span",
            "get_last_active_trace_id",
            "get_statistics",
            "get_trace",
            "get_tracing_context_headers_for_http_request",
            "import_traces",
            "log_assessment",
            "log_expectation",
            "log_feedback",
            "search_traces",
            "set_experiment",
            "set_trace_tag",
            "set_tracing_context_from_http_request_headers",
            "start_span",
            "start_span_no_context",
            "trace",
            "tracing_context",
            "tracing_disabled",
            "update_assessment",
            "update_current_trace",
        ),
        "spanloom.tracing",
    ),
    "artifacts": "spanloom.tracking.artifacts",
    "models": "spanloom.models",
    **dict.fromkeys(
        (
            "ActiveRun",
            "Run",
            "active_run",
            "create_experiment",
            "delete_run",
            "delete_tag",
            "end_run",
            "get_artifact_uri",
            "get_experiment",
            "get_experiment_by_name",
            "get_metric_history",
            "get_parent_run",
            "get_run",
            "last_active_run",
            "load_table",
            "log_artifact",
            "log_artifacts",
            "log_dict",
            "log_metric",
            "log_metrics",
            "log_param",
            "log_params",
            "log_table",
            "log_text",
            "search_runs",
            "set_tag",
            "set_tags",
            "start_run",
        ),
        "spanloom.tracking",
    ),
}

__all__ = [*sorted(_HOMES), "__version__"]  # noqa: PLE0604 - the names are strings; a test compares them with the types

__getattr__, __dir__ = lazy_attributes(__name__, _HOMES)


def _follow_environment() -> None:
    import os

    if os.environ.get("SPANLOOM_AUTOLOG"):
        from spanloom.instrument.environment import autolog_from_environment

        autolog_from_environment()


_follow_environment()
