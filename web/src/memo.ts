// A component that is drawn again only when one of its properties is another object.
import { Component, h, type FunctionComponent, type VNode } from 'preact';

export function memo<P extends object>(of: FunctionComponent<P>): (props: P) => VNode<any> {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: P) {
      const keys = Object.keys(next) as (keyof P)[];
      return keys.length !== Object.keys(this.props).length || keys.some((k) => next[k] !== (this.props as P)[k]);
    }
    override render() {
      return h(of, this.props as P);
    }
  }
  return (props) => h(Memo as unknown as FunctionComponent<P>, props);
}
