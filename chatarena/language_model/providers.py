"""What the program itself knows of providers: which variable holds the key, and which ones run on this machine."""

from __future__ import annotations

from collections.abc import Mapping

# The first name is the one to tell people; any of them is accepted. As documented by LiteLLM, one page a provider
# (docs.litellm.ai/docs/providers).
KEY_VARIABLES: Mapping[str, tuple[str, ...]] = {
    "anthropic": ("ANTHROPIC_API_KEY",),
    "azure": ("AZURE_API_KEY",),
    "cerebras": ("CEREBRAS_API_KEY",),
    "cohere": ("COHERE_API_KEY", "CO_API_KEY"),
    "cohere_chat": ("COHERE_API_KEY", "CO_API_KEY"),
    "deepseek": ("DEEPSEEK_API_KEY",),
    "fireworks_ai": ("FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY"),
    "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    "groq": ("GROQ_API_KEY",),
    "huggingface": ("HF_TOKEN", "HUGGINGFACE_API_KEY"),
    "mistral": ("MISTRAL_API_KEY",),
    "openai": ("OPENAI_API_KEY",),
    "openrouter": ("OPENROUTER_API_KEY", "OR_API_KEY"),
    "perplexity": ("PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"),
    "together_ai": ("TOGETHERAI_API_KEY", "TOGETHER_API_KEY"),
    "xai": ("XAI_API_KEY",),
}

EMBEDDED = "embedded"
SCRIPTED = "scripted"

# Servers on the person's own machine: no key, no bill. Ports are the servers' documented defaults; the variable
# overrides the address.
LOCAL_SERVERS: Mapping[str, tuple[str, str]] = {
    "ollama": ("http://127.0.0.1:11434", "OLLAMA_API_BASE"),
    "ollama_chat": ("http://127.0.0.1:11434", "OLLAMA_API_BASE"),
    "lm_studio": ("http://127.0.0.1:1234/v1", "LM_STUDIO_API_BASE"),
}


def provider_of(model: str) -> str:
    """The part of a model's name before the first slash; empty for a bare name."""
    provider, slash, _ = model.partition("/")
    return provider if slash else ""


def runs_here(model: str) -> bool:
    """Whether this model is computed on the person's own machine and therefore costs no money.

    Ollama also passes on models that its makers host; their names end in "-cloud".
    """
    provider = provider_of(model)
    local = provider in LOCAL_SERVERS or provider in (EMBEDDED, SCRIPTED)
    return local and not model.endswith("-cloud")


def key_variables(provider: str) -> tuple[str, ...]:
    """The variables that may hold this provider's key, by table or by the usual pattern; none for local ones."""
    if not provider or provider in LOCAL_SERVERS or provider in (EMBEDDED, SCRIPTED):
        return ()
    return KEY_VARIABLES.get(provider, (f"{provider.upper()}_API_KEY",))
