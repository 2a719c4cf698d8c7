"""The composition root: the sampler is started here, and handlers show what it publishes."""

from stario import App, Span, StaticAssets

from app.assets import load_assets
from app.config import Config
from app.features.vitals.feed import Feed
from app.features.vitals.handlers import register_vitals
from app.features.vitals.sampler import sampling


async def bootstrap(app: App, span: Span):
    span.attr("app.name", "dashboard")
    config = Config.from_env()
    assets = await load_assets()
    feed = Feed()
    async with sampling(feed, config.interval):
        StaticAssets(assets.manifest).register(app)
        register_vitals(app, assets, feed)
        yield
