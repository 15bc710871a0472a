"""From a model's logits to a verdict: priors, probabilities, abstaining. Pure."""
