global using Volley.Targets;
